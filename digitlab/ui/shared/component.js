// The entry of every component: loads the module that the server names, as an ordinary module of the app, and hands it the
// data of each run. Streamlit runs this file itself from a URL that no relative import works from.

/**
 * What Streamlit hands to a component at each run.
 * @template Data
 * @typedef {Object} Run
 * @property {Data} data
 * @property {string} key
 * @property {HTMLElement | ShadowRoot} parentElement the same one at each run
 * @property {(name: string, value: unknown) => void} setTriggerValue tells the server of an event
 * @property {(name: string, value: unknown) => void} setStateValue tells the server of a value that stays
 */

/**
 * What a module gets: its own element, empty, and how it tells the server something.
 * @typedef {{element: HTMLElement} & Pick<Run<unknown>, "setTriggerValue" | "setStateValue">} Component
 */

/**
 * What a module's `mount` answers: `update` is called with the data of each run, `unmount` when the component goes away.
 * @template Data
 * @typedef {{update: (data: Data) => void, unmount?: () => void}} Mounted
 */

/**
 * A component on the page, with what it was last given.
 * @typedef {Object} Part
 * @property {Run<Sent>} run the last one
 * @property {Mounted<unknown>} [mounted] once the module is there
 * @property {boolean} gone
 */

/**
 * @typedef {Object} Sent
 * @property {string} module its URL, relative to the page
 * @property {string} failed what the page says where the module cannot be loaded
 * @property {unknown} data what is meant for the module
 */

/** @type {WeakMap<HTMLElement | ShadowRoot, Part>} */
const PARTS = new WeakMap();

/** @param {Run<Sent>} run @returns {Part} */
const open = (run) => {
  /** @type {Part} */
  const part = { run, gone: false };
  const element = /** @type {HTMLElement} */ (run.parentElement.querySelector(".dl-part"));
  import(new URL(run.data.module, document.baseURI).href).then(
    ({ mount }) => {
      if (part.gone) return;
      part.mounted = mount({
        element,
        setTriggerValue: (/** @type {string} */ name, /** @type {unknown} */ value) =>
          part.run.setTriggerValue(name, value),
        setStateValue: (/** @type {string} */ name, /** @type {unknown} */ value) =>
          part.run.setStateValue(name, value),
      });
      part.mounted?.update(part.run.data.data);
    },
    () => {
      element.textContent = part.run.data.failed;
    },
  );
  return part;
};

/** @param {Run<Sent>} run */
export default function (run) {
  const { parentElement } = run;
  const part = PARTS.get(parentElement) ?? open(run);
  PARTS.set(parentElement, part);
  part.run = run;
  part.mounted?.update(run.data.data);
  return () => {
    part.gone = true;
    part.mounted?.unmount?.();
    PARTS.delete(parentElement);
  };
}
