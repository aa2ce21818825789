// Many digits, each over its label: the pointer or the arrow keys choose one, a click or Enter opens it. The digits come
// as one picture; each tile shows its own part of it.

import { make } from "../shared/dom.js";

/** @typedef {{number: number, text: string, colour: string, ink: string, marked: boolean}} Tile */

/**
 * @typedef {Object} Data
 * @property {string} key what the tiles' ids begin with
 * @property {string} url of the picture
 * @property {string} alt
 * @property {number} across digits in a row of the picture
 * @property {number} columns digits in a row of the sheet
 * @property {string} arrives another value than before: the sheet comes into view
 * @property {Tile[]} tiles
 * @property {{keys: string}} words
 */

const WIDE = 20; // columns that a phone shows fewer of

/** @param {number} place @param {number} count @returns {string} where the one of so many parts of a picture lies */
const percent = (place, count) => `${count > 1 ? (100 * place) / (count - 1) : 0}%`;

/** @param {Data} data @param {number} place @returns {HTMLElement} */
const tileOf = ({ key, tiles, across }, place) => {
  const { number, text, colour, ink, marked } = tiles[place];
  const down = Math.ceil(tiles.length / across);
  const position = `${percent(place % across, across)} ${percent(Math.floor(place / across), down)}`;
  const size = `${100 * across}% ${100 * down}%`;
  const tile = make(
    "span.dl-sheet-digit",
    { id: `${key}-${place}`, role: "option", data: { number: String(number) } },
    make("i", { style: { "background-size": size, "background-position": position } }),
    make("b", { style: { background: colour, color: ink } }, text),
  );
  tile.classList.toggle("dl-sheet-digit-marked", marked);
  return tile;
};

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element, setTriggerValue }) => {
  const sheet = make("div.dl-sheet", { role: "listbox", tabIndex: 0 });
  /** @type {Tile[]} */
  let tiles = [];
  let chosen = -1;
  let arrived = "";
  element.append(sheet);

  /** @param {number} place -1 for none */
  const choose = (place) => {
    chosen = place;
    sheet.querySelector(".dl-sheet-digit-chosen")?.classList.remove("dl-sheet-digit-chosen");
    sheet.children[place]?.classList.add("dl-sheet-digit-chosen");
    if (place < 0) sheet.removeAttribute("aria-activedescendant");
    else sheet.setAttribute("aria-activedescendant", sheet.children[place].id);
  };
  /** @param {Event} event @returns {number} the place of the tile that it happened on */
  const under = ({ target }) => {
    const tile = /** @type {Element} */ (target).closest(".dl-sheet-digit");
    return tile ? [...sheet.children].indexOf(tile) : -1;
  };
  const open = () => {
    if (chosen < 0) return;
    setTriggerValue("open", tiles[chosen].number);
    comeIntoView();
  };

  sheet.onpointermove = (event) => choose(under(event));
  sheet.onpointerleave = () => choose(-1);
  sheet.onclick = (event) => {
    choose(under(event));
    open();
  };
  sheet.onkeydown = (event) => {
    const columns = getComputedStyle(sheet).gridTemplateColumns.split(" ").length; // fewer on a phone
    const step = new Map([
      ["ArrowRight", 1],
      ["ArrowLeft", -1],
      ["ArrowDown", columns],
      ["ArrowUp", -columns],
    ]).get(event.key);
    if (step !== undefined) {
      const next = chosen < 0 ? 0 : chosen + step;
      if (next >= 0 && next < tiles.length) choose(next);
      event.preventDefault();
    } else if (event.key === "Enter") open();
  };

  /** @param {Data} data */
  const update = (data) => {
    tiles = data.tiles;
    sheet.style.setProperty("--digits", `url(${data.url})`);
    sheet.style.setProperty("--columns", String(data.columns));
    sheet.classList.toggle("dl-sheet-wide", data.columns >= WIDE);
    sheet.setAttribute("aria-label", data.alt);
    sheet.setAttribute("aria-description", data.words.keys);
    sheet.replaceChildren(...tiles.map((_, place) => tileOf(data, place)));
    choose(-1);
    if (data.arrives && data.arrives !== arrived) {
      const box = document.querySelector(`.st-key-${data.key}_box`);
      (box?.parentElement ?? sheet).scrollIntoView({ block: "nearest" });
    }
    arrived = data.arrives;
  };
  return { update };
};

// The opened digit appears above the sheet, perhaps out of the window.
const comeIntoView = () => {
  const show = () => {
    const one = document.querySelector(".st-key-one");
    if (!one) return false;
    const { top } = one.getBoundingClientRect();
    if (top < 60 || top > innerHeight / 2) one.scrollIntoView({ block: "start" });
    return true;
  };
  if (show()) return;
  const watch = new MutationObserver(() => {
    if (show()) watch.disconnect();
  });
  watch.observe(document.body, { childList: true, subtree: true });
  setTimeout(() => watch.disconnect(), 10_000);
};
