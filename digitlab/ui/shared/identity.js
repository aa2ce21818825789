// Ends what this browser was: its tabs forget what they keep, and the browser opens the next page as somebody else.

import { make } from "./dom.js";

/**
 * @typedef {Object} IdentityData
 * @property {boolean} anew whether the browser is given another identity
 * @property {string} next what it opens then
 * @property {string} told
 */

/**
 * @param {boolean} anew
 * @param {string} next
 */
const leave = async (anew, next) => {
  try {
    if (anew) await fetch(new URL("api/identity", document.baseURI), { method: "POST" });
    sessionStorage.clear();
    localStorage.clear();
  } catch {
    // The server is away, or storage is switched off.
  }
  location.assign(new URL(next, document.baseURI));
};

/**
 * @param {import("./component.js").Component} component
 * @returns {import("./component.js").Mounted<IdentityData>}
 */
export const mount = ({ element }) => {
  const said = make("p", { role: "status" });
  element.append(said);
  let leaves = false;

  return {
    update({ anew, next, told }) {
      said.textContent = told;
      if (leaves) return;
      leaves = true;
      leave(anew, next);
    },
  };
};
