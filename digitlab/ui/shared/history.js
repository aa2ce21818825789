// The browser's history: one press, one entry. Streamlit makes two where a press leads to another page with choices of
// its own: the new path, then its choices; or the new choices under the old path, then the new path. Back would lead to
// a page that never was. tests/browser/test_links.py watches that what is known of Streamlit stays true.

const AT_ONCE = 5000; // milliseconds in which what follows an entry without a press belongs to the same press
const PRESSES = /** @type {const} */ (["pointerdown", "keydown", "click", "popstate"]); // a screen reader clicks alone

/** The entry that was made last, and what it changed. A press before this module was there may have led to a path. */
let last = { at: performance.now(), changed: "path" };

const press = () => {
  last.at = Number.NEGATIVE_INFINITY;
};

/** @param {string | URL | null | undefined} url @returns {"path" | "choices" | "both"} */
const changeTo = (url) => {
  const { href, pathname, search } = window.location;
  const next = new URL(url ?? "", href);
  if (next.pathname === pathname) return "choices";
  return next.search === search ? "path" : "both";
};

/** From now on, as long as the window is open: pages come and go in it, its history stays. */
const keep = () => {
  for (const name of PRESSES) window.addEventListener(name, press, { capture: true });
  const { pushState } = window.history;
  /** @type {typeof pushState} */
  window.history.pushState = function (state, unused, url) {
    const changed = changeTo(url);
    const isSecondHalf = changed === "choices" || (changed === "path" && last.changed === "choices");
    if (isSecondHalf && performance.now() - last.at < AT_ONCE) this.replaceState(state, unused, url);
    else pushState.call(this, state, unused, url);
    last = { at: performance.now(), changed };
  };
};

let isKept = false;

/** @returns {import("./component.js").Mounted<object>} */
export const mount = () => {
  if (!isKept) keep();
  isKept = true;
  return { update() {} };
};
