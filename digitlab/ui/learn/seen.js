// Writes into the list of lessons how far this browser has come in each.

import { filled } from "../shared/words.js";
import { seenOf } from "./progress.js";

/**
 * @typedef {Object} Data
 * @property {Record<string, number>} steps how many each lesson has
 * @property {Record<string, string>} words
 * @property {string} locale
 */

/** @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = () => ({
  update: ({ steps, words, locale }) => {
    for (const place of document.querySelectorAll(".dl-seen")) {
      const lesson = place instanceof HTMLElement ? (place.dataset.lesson ?? "") : "";
      const count = seenOf(lesson).length;
      place.textContent = count ? filled(words.progress, { seen: count, steps: steps[lesson] ?? 0 }, locale) : "";
    }
  },
});
