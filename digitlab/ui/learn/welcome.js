// Offers the lessons in this browser's first tab, as long as that is open.

import { make } from "../shared/dom.js";

const BEEN_HERE = "digitlab.been-here";
const FIRST_TAB = "digitlab.first-tab";

/** @returns {boolean} */
const isFirstVisit = () => {
  try {
    if (!localStorage.getItem(BEEN_HERE)) {
      localStorage.setItem(BEEN_HERE, "yes");
      sessionStorage.setItem(FIRST_TAB, "yes");
    }
    return sessionStorage.getItem(FIRST_TAB) !== null;
  } catch {
    return false; // a browser that keeps nothing would be asked for ever
  }
};

/**
 * @typedef {Object} Data
 * @property {string} address of the lessons, relative to the page
 * @property {Record<string, string>} words
 */

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element }) => {
  const isFirst = isFirstVisit();
  return {
    update: ({ address, words }) => {
      if (isFirst) element.replaceChildren(`${words.new} `, make("a", { href: address }, words.lessons));
    },
  };
};
