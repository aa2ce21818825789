// The answer in words, the digit and the ten bars; also said to screen readers, once it rests.

import { filled } from "../shared/words.js";
import { percent } from "./numbers.js";

/** @typedef {import("../browser/network.js").Reading} Reading */

/**
 * @typedef {Object} AnswerWords with {digit} and {share} in them
 * @property {string} sure
 * @property {string} second
 * @property {string} refused
 * @property {string} welcome
 * @property {string} loading
 * @property {string} spoken
 */

const RUNNER_UP = 0.05; // a second digit with less than this is not worth naming
const REST = 700; // milliseconds without a change before an answer is said aloud

/**
 * @param {Reading} reading
 * @param {number | null} cut the energy above which the drawing is no digit
 * @param {AnswerWords} words
 * @param {string} locale
 * @returns {{digit: string, note: string, best: number}}
 */
export const verdict = (reading, cut, words, locale) => {
  const shares = Array.from(reading.probabilities);
  const [best, second] = shares.map((_, digit) => digit).sort((a, b) => shares[b] - shares[a]);
  if (cut !== null && reading.energy !== null && reading.energy > cut) {
    return { digit: "?", note: words.refused, best };
  }
  const values = (/** @type {number} */ digit) => ({ digit: String(digit), share: percent(shares[digit], locale) });
  const runnerUp = shares[second] > RUNNER_UP ? ` ${filled(words.second, values(second), locale)}` : "";
  return { digit: String(best), note: filled(words.sure, values(best), locale) + runnerUp, best };
};

/**
 * Changes the text node, not the element: an observer of elements can tell the server's changes from these. The same text
 * again changes nothing.
 * @param {Element | null} element
 * @param {string} text
 */
export const write = (element, text) => {
  if (!element) return;
  if (!element.firstChild) element.append("");
  const node = element.firstChild;
  if (node && node.nodeValue !== text) node.nodeValue = text;
};

/** @param {ParentNode} root the component's element, in which the answer is said aloud */
export const openAnswer = (root) => {
  const spoken = root.querySelector(".dl-spoken");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let resting;

  /** @param {string} text what a screen reader says when nothing else has come for a while */
  const say = (text) => {
    clearTimeout(resting);
    resting = setTimeout(() => write(spoken, text), REST);
  };

  return {
    /**
     * The server's elements are changed in place, and looked for each time: a rerun may bring others.
     * @param {Reading | null} reading null for an empty pad
     * @param {number | null} cut
     * @param {AnswerWords} words
     * @param {string} locale
     * @param {boolean} moving the pen is down: no easing
     */
    show(reading, cut, words, locale, moving) {
      const said = reading ? verdict(reading, cut, words, locale) : null;
      write(document.querySelector(".st-key-answer .dl-digit"), said?.digit ?? "");
      write(document.querySelector(".st-key-answer .dl-note"), said?.note ?? words.welcome);
      document.querySelector(".st-key-answer .dl-answer")?.classList.toggle("dl-is-empty", !said);
      document.querySelectorAll(".st-key-bars .dl-bar").forEach((bar, which) => {
        const share = reading?.probabilities[which] ?? 0;
        /** @type {HTMLElement} */ (bar).style.setProperty("--share", share.toFixed(4));
        bar.classList.toggle("dl-best", which === said?.best);
        bar.classList.toggle("dl-moving", moving);
        write(bar.querySelector(".dl-share"), reading ? percent(share, locale) : "–");
      });
      if (!moving) say(said ? filled(words.spoken, { digit: said.digit, note: said.note }, locale) : "");
    },
    /** @param {string} text in the place of an answer */
    wait(text) {
      write(document.querySelector(".st-key-answer .dl-note"), text);
    },
    close() {
      clearTimeout(resting);
    },
  };
};
