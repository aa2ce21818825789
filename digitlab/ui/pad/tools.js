// The tools beside the pad. Each acts in the page at once.

import { fetchDigits, SURPRISE } from "../browser/digits.js";
import { pack } from "../browser/link_text.js";
import { filled } from "../shared/words.js";
import { BRUSHES, drawing, toBase64 } from "./drawing.js";
import { line } from "./line.js";

/** @typedef {import("./desk.js").DeskData} DeskData */
/** @typedef {import("./drawing.js").Digit} Digit */

const SAID = 4000; // milliseconds that a word beside a button stays
const FEW = 6; // digits in store, below which more are fetched

/** @type {Digit[]} random test digits, so that "Surprise me" need not wait */
const store = [];
let fetching = false;

/** @param {boolean} always whether more are fetched where there are enough, too */
const fill = async (always = false) => {
  if (fetching || (store.length > FEW && !always)) return;
  fetching = true;
  try {
    const digits = await fetchDigits(new URL(SURPRISE, document.baseURI).href);
    store.push(
      ...digits.map(({ number, label, pixels }) => ({
        kind: /** @type {const} */ ("digit"),
        key: String(number),
        label,
        pixels: toBase64(pixels),
      })),
    );
  } catch {
    // No connection: the button comes back with the next try.
  } finally {
    fetching = false;
  }
};

/** @param {number} label @returns {Promise<Digit | null>} a digit of this class; null without a connection */
export const sampleOf = async (label) => {
  const found = () => store.find((digit) => digit.label === label) ?? null;
  if (!found()) await fill(true);
  return found();
};

/**
 * @param {HTMLElement} root
 * @param {() => DeskData} data the newest
 * @returns {() => void} stop
 */
export const openTools = (root, data) => {
  const buttons = /** @type {NodeListOf<HTMLButtonElement>} */ (root.querySelectorAll("[data-tool], [data-brush]"));
  const ask = /** @type {HTMLDialogElement} */ (root.querySelector(".dl-ask"));
  const label = /** @type {HTMLElement} */ (root.querySelector(".dl-label"));

  const surprise = () => {
    const digit = store.shift();
    if (digit) drawing.put({ instead: digit });
    fill();
  };

  /** @param {HTMLButtonElement} button @param {string} text beside the button for a while */
  const say = (button, text) => {
    button.dataset.said = text;
    setTimeout(() => delete button.dataset.said, SAID);
  };

  /** @param {HTMLButtonElement} button */
  const copyLink = async (button) => {
    const { instead } = drawing;
    const url = new URL(document.baseURI);
    url.searchParams.delete("lang"); // a link opens in its reader's language
    url.searchParams.set("model", data().model.hash);
    try {
      if (instead?.kind === "digit") url.searchParams.set("digit", instead.key);
      else url.searchParams.set("drawing", await pack(drawing.strokes));
      await navigator.clipboard.writeText(url.href);
      say(button, data().words.copied);
    } catch (error) {
      say(button, navigator.clipboard ? String(error instanceof Error ? error.message : error) : url.href);
    }
  };

  /** @type {Record<string, (button: HTMLButtonElement) => void>} */
  const actions = {
    undo: () => drawing.undo(),
    redo: () => drawing.redo(),
    clear: () => drawing.clear(),
    back: () => drawing.put(drawing.instead ? { instead: null } : { beneath: null }),
    surprise,
    link: copyLink,
    more: () => document.documentElement.classList.toggle("dl-more"),
  };

  const show = () => {
    const { instead, beneath, brush } = drawing;
    const { words, locale } = data();
    for (const button of buttons) {
      const { tool, brush: width } = button.dataset;
      if (width) button.setAttribute("aria-pressed", String(Number(width) === brush));
      if (tool === "undo") button.disabled = !drawing.canUndo;
      if (tool === "redo") button.disabled = !drawing.canRedo;
      if (tool === "clear") button.disabled = drawing.isEmpty;
      if (tool === "link") button.disabled = drawing.isEmpty || instead?.kind === "picture";
      if (tool === "back") {
        button.hidden = !instead && !beneath;
        const text = instead ? words.back : words.bare;
        button.querySelector("span")?.replaceChildren(text);
        button.setAttribute("aria-label", text);
        button.title = text;
      }
    }
    const digit = instead?.kind === "digit" ? instead : instead ? null : beneath;
    label.hidden = !digit;
    if (digit) {
      const values = { number: digit.key.replace("training-", ""), label: String(digit.label) };
      label.textContent = filled(instead ? words.in_place : words.beneath, values, locale);
    }
  };

  /** @param {MouseEvent} event */
  const press = (event) => {
    const button = /** @type {Element} */ (event.target).closest("button");
    if (!(button instanceof HTMLButtonElement)) return;
    if (button.dataset.brush) drawing.setBrush(Number(button.dataset.brush) || BRUSHES.medium);
    actions[button.dataset.tool ?? ""]?.(button);
  };

  line.asks((_, open) => {
    ask.returnValue = "";
    ask.onclose = () => ask.returnValue === "open" && open();
    ask.showModal();
  });
  root.addEventListener("click", press);
  root.addEventListener("dl-words", show);
  const stop = drawing.watch(show);
  show();
  fill();
  return () => {
    root.removeEventListener("click", press);
    root.removeEventListener("dl-words", show);
    stop();
  };
};
