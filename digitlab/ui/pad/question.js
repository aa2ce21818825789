// "Is this right?": what the visitor says of an answer goes to the server with the drawing that it is about.

import { filled } from "../shared/words.js";
import { verdict, write } from "./answer.js";
import { drawing } from "./drawing.js";
import { line } from "./line.js";

/** @typedef {import("../browser/network.js").Reading} Reading */
/** @typedef {import("./desk.js").DeskData} DeskData */

const DIGITS = 10;

/** @param {Record<string, string>} attributes @param {string} [text] @returns {HTMLButtonElement} */
const button = (attributes, text = "") => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
};

/**
 * @param {HTMLElement} root
 * @param {() => DeskData} data the newest
 * @param {() => Reading | null} reading
 * @returns {() => void} stop
 */
export const openQuestion = (root, data, reading) => {
  const area = /** @type {HTMLElement} */ (root.querySelector(".dl-question"));
  const text = document.createElement("p");
  const row = document.createElement("div");
  row.className = "dl-choices st-key-teach_digits";
  row.append(button({ "data-right": "", "data-say": "right" }));
  for (let digit = 0; digit < DIGITS; digit++) row.append(button({ "data-label": String(digit) }, String(digit)));
  const consent = document.createElement("div");
  consent.className = "dl-consent";
  const terms = document.createElement("p");
  terms.dataset.say = "consent";
  consent.append(
    terms,
    button({ "data-agree": "", "data-say": "consent_yes" }),
    button({ "data-refuse": "", "data-say": "consent_no" }),
  );
  const after = document.createElement("a");
  after.dataset.say = "mine";
  area.append(text, row, consent, after);

  /** @type {number | null} the label that waits for consent */
  let waiting = null;
  let about = -1; // the number of the drawing that the waiting label is for

  const answer = () => {
    const read = reading();
    const { cut, words, locale } = data();
    const said = read && verdict(read, cut, /** @type {any} */ (words), locale);
    return said && said.digit !== "?" ? Number(said.digit) : null;
  };

  const show = () => {
    const { kept } = line;
    const { words, locale } = data();
    if (about !== drawing.number) waiting = null;
    const label = kept.number === drawing.number ? kept.label : null;
    area.hidden = !data().parts.includes("question") || !kept.possible || Boolean(drawing.instead) || drawing.isEmpty;
    consent.hidden = waiting === null;
    row.hidden = waiting !== null;
    after.hidden = label === null;
    after.href = `samples?section=mine&model=${data().model.name}`;
    text.hidden = waiting !== null;
    const asked = label === null ? words.question : filled(words.kept, { digit: String(label) }, locale);
    write(text, kept.problem || asked);
    for (const one of row.querySelectorAll("[data-label]")) {
      one.setAttribute("aria-pressed", String(Number(one.getAttribute("data-label")) === label));
    }
    const right = /** @type {HTMLElement} */ (row.querySelector("[data-right]"));
    right.hidden = label !== null || answer() === null;
  };

  /** @param {number} label @param {boolean} agreed the visitor agreed just now */
  const say = (label, agreed) =>
    line.say("label", { label, agreed, model: data().model.hash, answered: answer(), steps: data().steps });

  /** @param {number | null} label */
  const choose = (label) => {
    if (label === null) return;
    if (line.kept.agreed) return say(label, false);
    waiting = label;
    about = drawing.number;
    show();
  };

  /** @param {MouseEvent} event */
  const press = ({ target }) => {
    if (!(target instanceof HTMLButtonElement)) return;
    if (target.hasAttribute("data-right")) choose(answer());
    if (target.hasAttribute("data-label")) choose(Number(target.dataset.label));
    if (target.hasAttribute("data-agree") && waiting !== null) say(waiting, true);
    if (target.hasAttribute("data-agree") || target.hasAttribute("data-refuse")) waiting = null;
    show();
  };

  /** @param {KeyboardEvent} event the digits' keys, while the question has the focus */
  const key = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !/^[0-9]$/.test(event.key)) return;
    event.preventDefault();
    choose(Number(event.key));
  };

  area.addEventListener("click", press);
  area.addEventListener("keydown", key);
  const stops = [drawing.watch(show), line.watch(show)];
  const frames = () => show();
  root.addEventListener("dl-frame", frames);
  root.addEventListener("dl-words", frames);
  show();
  return () => {
    area.removeEventListener("click", press);
    area.removeEventListener("keydown", key);
    root.removeEventListener("dl-frame", frames);
    root.removeEventListener("dl-words", frames);
    for (const stop of stops) stop();
  };
};
