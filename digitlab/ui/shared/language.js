// The chooser of the language. The choice is told to the session, which goes on in that language, and to the server, which
// keeps it in a cookie that no script can set.

/**
 * @typedef {Object} LanguageData
 * @property {string} language the session's
 * @property {Record<string, string>} names of all languages, each in itself
 * @property {boolean} asked whether the address named the language
 * @property {string} label
 */

import { make } from "./dom.js";

const KEPT = "digitlab.language"; // in the tab's session storage: what an address named, for as long as the tab lasts

/** @param {() => void} use what needs the storage; where a browser keeps none, the tab forgets */
const attempt = (use) => {
  try {
    use();
  } catch {
    // Storage is switched off.
  }
};

/**
 * @param {import("./component.js").Component} component
 * @returns {import("./component.js").Mounted<LanguageData>}
 */
export const mount = ({ element, setTriggerValue }) => {
  const select = make("select");
  element.append(make("label.dl-language", {}, make("span", { ariaHidden: "true", textContent: "文/A" }), select));

  select.addEventListener("change", () => {
    attempt(() => sessionStorage.removeItem(KEPT));
    setTriggerValue("chosen", select.value);
    // Without a connection the session's choice lasts as long as the session.
    fetch(new URL(`api/language/${select.value}`, document.baseURI), { method: "POST" }).catch(() => {});
  });

  return {
    update({ language, names, asked, label }) {
      attempt(() => {
        const kept = sessionStorage.getItem(KEPT);
        if (asked) sessionStorage.setItem(KEPT, language);
        else if (kept && kept !== language) setTriggerValue("chosen", kept);
      });
      document.documentElement.lang = language;
      select.setAttribute("aria-label", label);
      select.replaceChildren(
        ...Object.entries(names).map(([value, name]) =>
          make("option", { value, lang: value, textContent: name, selected: value === language }),
        ),
      );
    },
  };
};
