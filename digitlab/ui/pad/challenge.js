// The challenge: draw one digit so that the network reads another. The bars show how close one is.

import { filled } from "../shared/words.js";
import { drawing } from "./drawing.js";

/** @typedef {import("../browser/network.js").Reading} Reading */
/** @typedef {import("./desk.js").DeskData} DeskData */

/** @type {[number, number][]} what to draw and what the network should read; pairs that are misread most often */
const ROUNDS = [
  [4, 9],
  [7, 1],
  [5, 6],
  [3, 5],
  [9, 4],
  [1, 7],
  [8, 3],
  [2, 7],
  [6, 0],
  [0, 6],
];
const SURE = 0.5; // the share that the wanted digit must have

/**
 * @param {HTMLElement} root
 * @param {() => DeskData} data the newest
 * @param {() => {reading: Reading | null, moving: boolean}} answer the newest one
 * @returns {() => void} stop
 */
export const openChallenge = (root, data, answer) => {
  const area = /** @type {HTMLElement} */ (root.querySelector(".dl-challenge"));
  const text = /** @type {HTMLElement} */ (area.querySelector("p"));
  const next = /** @type {HTMLButtonElement} */ (area.querySelector("[data-next]"));
  const start = /** @type {HTMLButtonElement} */ (root.querySelector('[data-tool="challenge"]'));
  let round = -1; // -1 while no round is played
  let won = false;

  const show = () => {
    const { words, locale } = data();
    area.hidden = round < 0;
    root.classList.toggle("dl-plays", round >= 0);
    start.setAttribute("aria-pressed", String(round >= 0));
    for (const bar of document.querySelectorAll(".st-key-bars .dl-bar")) {
      const wanted = round >= 0 && round < ROUNDS.length ? ROUNDS[round][1] : -1;
      bar.classList.toggle("dl-wanted", Number(bar.getAttribute("data-digit")) === wanted);
    }
    if (round < 0) return;
    const isOver = round >= ROUNDS.length;
    next.hidden = !won && !isOver;
    next.textContent = isOver ? words.challenge_again : words.challenge_next;
    if (isOver) {
      text.textContent = words.challenge_over;
      return;
    }
    const [drawn, read] = ROUNDS[round];
    const values = { drawn, read, round: round + 1, rounds: ROUNDS.length };
    text.textContent = filled(won ? words.challenge_won : words.challenge_task, values, locale);
  };

  const look = () => {
    const { reading, moving } = answer();
    if (round < 0 || round >= ROUNDS.length || won || moving || !reading || drawing.instead) return;
    won = reading.probabilities[ROUNDS[round][1]] > SURE;
    if (won) show();
  };

  const toggle = () => {
    round = round < 0 ? 0 : -1;
    won = false;
    if (round === 0) drawing.clear();
    show();
  };
  const go = () => {
    round = round >= ROUNDS.length ? 0 : round + 1;
    won = false;
    drawing.clear();
    show();
  };
  start.addEventListener("click", toggle);
  next.addEventListener("click", go);
  root.addEventListener("dl-frame", look);
  root.addEventListener("dl-words", show);
  show();
  return () => {
    start.removeEventListener("click", toggle);
    next.removeEventListener("click", go);
    root.removeEventListener("dl-frame", look);
    root.removeEventListener("dl-words", show);
  };
};
