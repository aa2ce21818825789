// Gives this browser another identity, and opens the first page as somebody who owns nothing.

import { make } from "../shared/dom.js";

/**
 * @typedef {Object} IdentityData
 * @property {Record<string, string>} words
 */

/**
 * @param {import("../shared/component.js").Component} component
 * @returns {import("../shared/component.js").Mounted<IdentityData>}
 */
export const mount = ({ element }) => {
  const told = make("p", { role: "status" });
  element.append(told);
  fetch(new URL("api/identity", document.baseURI), { method: "POST" })
    .then(() => {
      sessionStorage.clear();
      localStorage.clear();
    })
    .finally(() => location.assign(new URL(".", document.baseURI)));

  return {
    update({ words }) {
      told.textContent = words.leaving;
    },
  };
};
