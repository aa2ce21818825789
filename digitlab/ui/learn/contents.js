// A lesson's table of contents, with what this browser has seen; and the keys that turn its steps.

import { make } from "../shared/dom.js";
import { filled } from "../shared/words.js";
import { see, seenOf } from "./progress.js";

/**
 * @typedef {Object} Data
 * @property {string} lesson
 * @property {number} at the open step, from 0
 * @property {{key: string, title: string}[]} steps
 * @property {Record<string, string>} words
 * @property {string} locale
 */

// Where a key turns the step: not within the live part, whose own controls use the same keys.
const TURNS = ".dl-part-contents, .st-key-lesson_words, .st-key-lesson_bar";

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element, setTriggerValue }) => {
  const summary = make("summary");
  const list = make("ol");
  const bar = make("i");
  const details = make("details", {}, summary, list);
  element.append(details, make("div.dl-done", { "aria-hidden": "true" }, bar));
  const lesson = /** @type {HTMLElement | null} */ (element.closest(".st-key-lesson"));
  /** @type {Data | undefined} */
  let shown;

  /** @param {string} key */
  const go = (key) => setTriggerValue("go", key);

  /** @param {KeyboardEvent} event */
  const turn = (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const target = /** @type {HTMLElement} */ (event.target);
    if (!by || !shown || event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey)
      return;
    if (target !== lesson && !target.closest(TURNS)) return;
    const wanted = shown.steps[shown.at + by];
    if (!wanted) return;
    event.preventDefault();
    go(wanted.key);
  };
  if (lesson) {
    lesson.tabIndex = -1; // a press on its text gives it the focus
    lesson.addEventListener("keydown", turn);
  }

  /** @param {Data} data @param {number} before */
  const begin = ({ at, lesson: name }, before) => {
    details.open = false;
    if (!lesson || before < 0) return;
    lesson.scrollIntoView({ block: "start" });
    const active = document.activeElement;
    if (!active || active === document.body || element.contains(active)) lesson.focus({ preventScroll: true });
    lesson.dataset.at = `${name} ${at}`;
  };

  return {
    update: (data) => {
      const { at, steps, words, locale } = data;
      const isNew = !shown || shown.at !== at || shown.lesson !== data.lesson;
      const before = shown?.at ?? -1;
      shown = data;
      see(data.lesson, steps[at].key);
      const known = seenOf(data.lesson);
      summary.replaceChildren(
        make("b", {}, words.contents),
        make("span", { role: "status" }, filled(words.step, { number: at + 1, steps: steps.length }, locale)),
      );
      summary.title = words.keys;
      list.replaceChildren(
        ...steps.map(({ key, title }, place) => {
          const ticked = known.includes(key) ? [make("small", {}, ` ✓ ${words.seen}`)] : [];
          const button = make("button", { type: "button" }, title, ...ticked);
          if (place === at) button.setAttribute("aria-current", "step");
          button.addEventListener("click", () => go(key));
          return make("li", {}, button);
        }),
      );
      bar.style.width = `${(100 * (at + 1)) / steps.length}%`;
      if (isNew) begin(data, before);
    },
    unmount: () => {
      lesson?.removeEventListener("keydown", turn);
    },
  };
};
