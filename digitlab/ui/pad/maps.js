// The maps of every layer, one row a layer, painted by the worker; a map under the pointer is enlarged.

/** @typedef {import("./painter.js").Look} Look */
/** @typedef {import("./painter.js").Painted} Painted */
/** @typedef {ReturnType<typeof import("./thread.js").openThread>} Thread */

/**
 * @typedef {Object} LayerText a layer as the page names it
 * @property {string} name
 * @property {string} title
 * @property {number[]} shape [height, width, channels] or [units]
 * @property {string} shape_text
 * @property {string} sentence
 */

/**
 * @typedef {Object} MapWords
 * @property {string} lowest the scale's ends where each map has its own
 * @property {string} highest
 * @property {string} map with {title}, {name} and {channel}
 * @property {string} alt with {name} and {shape}
 */

import { filled } from "../shared/words.js";
import { write } from "./answer.js";
import { amount } from "./numbers.js";

const WIDEST = 16; // maps a row
const SMALLEST = 24; // pixels of the page that a map should have
const CELLS = 128; // numbers of a flat layer a row
const LARGE = 168; // pixels of an enlarged map

/**
 * @typedef {Object} Row a layer on the page
 * @property {HTMLElement} row
 * @property {HTMLCanvasElement} canvas
 * @property {HTMLElement} scale
 * @property {HTMLElement[]} ends the scale's two numbers
 * @property {LayerText} text
 */

/**
 * @param {HTMLElement} area
 * @param {Thread} thread
 * @param {(layer: string, channel: number) => void} open called when a map is pressed
 */
export const openMaps = (area, thread, open) => {
  /** @type {Map<string, Row>} */
  const rows = new Map();
  /** @type {Set<string>} */
  const visible = new Set();
  /** @type {Pick<Look, "perMap" | "tables"> & {locale: string, words: MapWords}} */
  let style;
  let network = ""; // whose rows these are
  let width = area.getBoundingClientRect().width;
  let stale = 0;

  const columnsOf = (/** @type {LayerText} */ { shape }) => {
    if (shape.length === 1) return Math.min(shape[0], CELLS);
    const most = Math.min(shape[2], WIDEST, Math.max(4, Math.floor(width / SMALLEST)));
    return Math.ceil(shape[2] / Math.ceil(shape[2] / most)); // rows of equal length
  };

  /** A row has the shape of its maps from the beginning, so that nothing moves when they come. */
  const shape = () => {
    for (const { canvas, text } of rows.values()) {
      if (text.shape.length === 1) continue;
      const [height, wide, count] = text.shape;
      const columns = columnsOf(text);
      const lines = Math.ceil(count / columns);
      canvas.style.aspectRatio = `${columns * (wide + 1) - 1} / ${lines * (height + 1) - 1}`;
    }
  };

  // Changes of several rows at once are one message.
  const look = () => {
    shape();
    cancelAnimationFrame(stale);
    stale = requestAnimationFrame(() => {
      const columns = Object.fromEntries([...rows].map(([name, { text }]) => [name, columnsOf(text)]));
      thread.look({ visible: [...visible], columns, perMap: style.perMap, tables: style.tables });
    });
  };

  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const name = /** @type {HTMLElement} */ (target).dataset.layer ?? "";
        if (isIntersecting) visible.add(name);
        else visible.delete(name);
      }
      look();
    },
    { rootMargin: "64px" },
  );
  const sizes = new ResizeObserver(() => {
    const now = area.getBoundingClientRect().width;
    if (Math.abs(now - width) < 1) return;
    width = now;
    if (style) look();
  });
  sizes.observe(area);

  const enlarged = document.createElement("figure");
  enlarged.className = "dl-enlarged";
  enlarged.hidden = true;
  const large = document.createElement("canvas");
  const caption = document.createElement("figcaption");
  enlarged.append(large, caption);
  area.append(enlarged);

  /** @param {PointerEvent | MouseEvent} event @returns {{layer: LayerText, canvas: HTMLCanvasElement, channel: number} | null} */
  const under = (event) => {
    const canvas = event.target;
    if (!(canvas instanceof HTMLCanvasElement) || canvas === large) return null;
    const row = rows.get(canvas.closest("[data-layer]")?.getAttribute("data-layer") ?? "");
    if (!row) return null;
    const { shape } = row.text;
    const box = canvas.getBoundingClientRect();
    const count = shape.at(-1) ?? 1;
    const columns = columnsOf(row.text);
    const column = Math.floor(((event.clientX - box.left) / box.width) * columns);
    const line = Math.floor(((event.clientY - box.top) / box.height) * Math.ceil(count / columns));
    const channel = line * columns + column;
    return channel >= 0 && channel < count && column < columns ? { layer: row.text, canvas, channel } : null;
  };

  /** @param {PointerEvent} event */
  const enlarge = (event) => {
    const found = event.pointerType === "mouse" ? under(event) : null;
    enlarged.hidden = !found || found.layer.shape.length === 1;
    if (!found || enlarged.hidden) return;
    const { layer, canvas, channel } = found;
    const [height, wide] = layer.shape;
    const columns = columnsOf(layer);
    large.width = wide;
    large.height = height;
    const left = (channel % columns) * (wide + 1);
    const top = Math.floor(channel / columns) * (height + 1);
    large.getContext("2d")?.drawImage(canvas, left, top, wide, height, 0, 0, wide, height);
    caption.textContent = filled(style.words.map, { ...layer, channel: String(channel + 1) }, style.locale);
    const x = Math.min(event.clientX + 16, innerWidth - LARGE - 24);
    const y = event.clientY + 16 + LARGE + 40 > innerHeight ? event.clientY - LARGE - 56 : event.clientY + 16;
    enlarged.style.translate = `${x}px ${y}px`;
  };
  area.addEventListener("pointermove", enlarge);
  area.addEventListener("pointerleave", () => {
    enlarged.hidden = true;
  });
  area.addEventListener("click", (event) => {
    const found = under(event);
    if (found) open(found.layer.name, found.channel);
  });

  /** @param {HTMLElement} row @param {LayerText} text in the reader's language */
  const writeTexts = (row, text) => {
    const [title, name, shape, sentence] = row.querySelectorAll("b, code, .dl-layer > span, p");
    title.textContent = text.title;
    name.textContent = text.name;
    shape.textContent = text.shape_text;
    sentence.textContent = text.sentence;
    const alt = filled(style.words.alt, { name: text.name, shape: text.shape_text }, style.locale);
    row.querySelector("canvas")?.setAttribute("aria-label", alt);
  };

  /** @param {LayerText} text @returns {Row} */
  const makeRow = (text) => {
    const row = document.createElement("div");
    row.className = `dl-map-row st-key-layer_${text.name}`;
    row.dataset.layer = text.name;
    row.innerHTML =
      '<div class="dl-layer"><b></b> <code></code> <span></span><p></p><div class="dl-scale dl-blank">' +
      "<span></span><i></i><span></span></div></div><div class=dl-montage></div>";
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    canvas.setAttribute("role", "img");
    canvas.classList.toggle("dl-flat", text.shape.length === 1);
    row.querySelector(".dl-montage")?.append(canvas);
    thread.give(text.name, canvas);
    const scale = /** @type {HTMLElement} */ (row.querySelector(".dl-scale"));
    return { row, canvas, scale, ends: [...scale.querySelectorAll("span")], text };
  };

  const clear = () => {
    seen.disconnect();
    visible.clear();
    for (const { row } of rows.values()) row.remove();
    rows.clear();
    network = "";
  };

  return {
    /**
     * @param {string} hash of the network
     * @param {LayerText[]} layers those of the network, in the order in which they are computed
     * @param {typeof style} wanted
     */
    show(hash, layers, wanted) {
      style = wanted;
      if (hash !== network) {
        clear();
        network = hash;
        for (const text of layers) {
          const made = makeRow(text);
          rows.set(text.name, made);
          area.append(made.row);
          seen.observe(made.row);
        }
      }
      for (const text of layers) {
        const found = rows.get(text.name);
        if (!found) continue;
        found.text = text;
        writeTexts(found.row, text);
      }
      look();
    },
    /** @param {Painted[]} painted */
    painted(painted) {
      for (const { layer, low, high, signed, blank, pixels } of painted) {
        const found = rows.get(layer);
        if (!found) continue;
        if (pixels) {
          found.canvas.width = pixels.width;
          found.canvas.height = pixels.height;
          found.canvas.getContext("2d")?.putImageData(pixels, 0, 0);
        }
        const { scale, ends } = found;
        scale.classList.toggle("dl-blank", blank);
        scale.classList.toggle("dl-signed", signed);
        if (blank) continue;
        write(ends[0], low === null ? style.words.lowest : amount(low, style.locale));
        write(ends[1], high === null ? style.words.highest : amount(high, style.locale));
      }
    },
    /** Forget the rows: the worker that painted them is gone. */
    clear() {
      clear();
    },
    close() {
      seen.disconnect();
      sizes.disconnect();
      cancelAnimationFrame(stale);
    },
  };
};
