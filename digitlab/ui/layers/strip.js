// The network as a strip: a tile for each layer, lines for what each reads. The server lays the tiles out; a click or
// Enter on one opens the layer.

import { make } from "../shared/dom.js";

const TILE = { width: 112, height: 172 };
const GAP = { across: 26, down: 40 };

/** @typedef {{row: number, column: number}} Cell */

/**
 * @typedef {Cell & {name: string, kind: string, shape: string, facts: string[], title: string, thumbnail: string}} Tile
 *   thumbnail: a picture's address
 */

/**
 * @typedef {Object} Data
 * @property {Tile[]} tiles
 * @property {[string, string][]} edges names of the layers that a line joins
 * @property {boolean} skips whether a line passes beneath the last row
 * @property {string} opened the opened layer's name
 * @property {{strip: string}} words
 */

/** @param {Cell} cell */
const left = ({ column }) => column * (TILE.width + GAP.across);
/** @param {Cell} cell */
const top = ({ row }) => row * (TILE.height + GAP.down);

/**
 * A line from one tile to another. Neighbours are joined straight; what passes over tiles goes beneath its row.
 * @param {Cell} from
 * @param {Cell} to
 * @returns {string} an SVG path
 */
const lineOf = (from, to) => {
  const [x0, y0] = [left(from) + TILE.width, top(from) + TILE.height / 2];
  const [x1, y1] = [left(to), top(to) + TILE.height / 2];
  const far = to.column - from.column > 1;
  if (from.row === to.row && !far) return `M${x0} ${y0}H${x1}`;
  const bend = GAP.across / 2;
  if (from.row === to.row) {
    const lane = top(from) + TILE.height + GAP.down / 2;
    return `M${x0} ${y0}h${bend}V${lane}H${x1 - bend}V${y1}h${bend}`;
  }
  return from.row < to.row ? `M${x0} ${y0}h${bend}V${y1}H${x1}` : `M${x0} ${y0}H${x1 - bend}V${y1}H${x1}`;
};

// Enlarged numbers stay squares; where a pixel gets no two of the page's, some gaps between maps would be wide and some gone.
/** @param {HTMLImageElement} image */
const smoothIfSmall = (image) => image.classList.toggle("dl-smooth", 2 * image.naturalHeight > image.clientHeight);

/** @param {Tile} tile @param {(name: string) => void} open */
const tileOf = (tile, open) => {
  const facts = tile.facts.map((fact) => make("span", {}, fact));
  const image = make("img", { src: tile.thumbnail, alt: tile.name, onload: () => smoothIfSmall(image) });
  return make(
    "button.dl-tile",
    {
      type: "button",
      title: tile.title,
      onclick: () => open(tile.name),
      data: { layer: tile.name },
      style: { left: `${left(tile)}px`, top: `${top(tile)}px` },
    },
    make("b", {}, tile.kind),
    make("span.dl-thumb", {}, image),
    make("span.dl-shape", {}, tile.shape),
    ...facts,
  );
};

/**
 * All tiles small under a strip that is longer than the page, with a frame for what is seen; pressing goes there. For
 * the eye alone: keys move over the tiles themselves.
 * @param {HTMLElement} strip
 * @param {HTMLElement} field
 */
const makeOverview = (strip, field) => {
  const frame = make("span.dl-overview-frame");
  const element = make("div.dl-overview", { "aria-hidden": "true", hidden: true });
  const follow = () => {
    const all = field.offsetWidth || 1;
    element.hidden = all <= strip.clientWidth;
    frame.style.left = `${(100 * strip.scrollLeft) / all}%`;
    frame.style.width = `${(100 * strip.clientWidth) / all}%`;
  };
  /** @param {PointerEvent} event */
  const go = (event) => {
    const box = element.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width;
    strip.scrollLeft = at * field.offsetWidth - strip.clientWidth / 2;
  };
  element.onpointerdown = (event) => {
    element.setPointerCapture(event.pointerId);
    go(event);
  };
  element.onpointermove = (event) => {
    if (event.buttons) go(event);
  };
  strip.addEventListener("scroll", follow, { passive: true });
  new ResizeObserver(follow).observe(strip);

  /** @param {Tile[]} tiles @param {number} width of the field */
  const build = (tiles, width) => {
    const marks = tiles.map((tile) =>
      make("i", {
        data: { layer: tile.name },
        style: {
          left: `${(100 * left(tile)) / width}%`,
          top: `${5 * tile.row}px`,
          width: `${(100 * TILE.width) / width}%`,
        },
      }),
    );
    element.style.height = `${5 * (Math.max(...tiles.map((tile) => tile.row)) + 1) + 5}px`;
    element.replaceChildren(...marks, frame);
    follow();
  };
  /** @param {string} name */
  const mark = (name) => {
    for (const one of element.querySelectorAll("i")) one.classList.toggle("dl-opened", one.dataset.layer === name);
  };
  return { element, build, mark };
};

/** @type {Record<string, number>} */
const STEPS = { ArrowRight: 1, ArrowLeft: -1, Home: Number.NEGATIVE_INFINITY, End: Number.POSITIVE_INFINITY };

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element: area, setTriggerValue: tell }) => {
  const field = make("div.dl-strip-field");
  const strip = make("div.dl-strip", { role: "group" }, field);
  const overview = makeOverview(strip, field);
  area.append(strip, overview.element);
  let shown = ""; // where the tiles stand, and the network, as text: while they stay, only pictures change
  let opened = "";

  /** @returns {HTMLElement[]} */
  const tilesShown = () => [...field.querySelectorAll("button")];

  /** Tab comes to one tile of the strip; arrow keys go on from there. @param {HTMLElement} reachable */
  const reach = (reachable) => {
    for (const tile of tilesShown()) tile.tabIndex = tile === reachable ? 0 : -1;
  };

  /** @param {string} name @param {boolean} scroll whether the tile is to be seen */
  const mark = (name, scroll) => {
    const tiles = tilesShown();
    reach(tiles.find((tile) => tile.dataset.layer === name) ?? tiles[0]);
    overview.mark(name);
    for (const tile of tiles) {
      tile.setAttribute("aria-pressed", String(tile.dataset.layer === name));
      if (scroll && tile.dataset.layer === name) {
        strip.scrollLeft = tile.offsetLeft - (strip.clientWidth - tile.offsetWidth) / 2;
      }
    }
  };

  /** @param {string} name */
  const choose = (name) => {
    mark(name, false);
    opened = name;
    tell("open", name);
  };

  field.onkeydown = (event) => {
    const step = STEPS[event.key];
    const tiles = tilesShown();
    const at = tiles.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    if (!step || at < 0) return;
    event.preventDefault();
    const next = tiles[Math.min(Math.max(at + step, 0), tiles.length - 1)];
    reach(next);
    next.focus();
  };

  /** @param {Data} data */
  const build = (data) => {
    const byName = Object.fromEntries(data.tiles.map((tile) => [tile.name, tile]));
    const width = Math.max(...data.tiles.map(left)) + TILE.width;
    const height = Math.max(...data.tiles.map(top)) + TILE.height + (data.skips ? GAP.down : 0);
    const lines = data.edges.map(([from, to]) => `<path d="${lineOf(byName[from], byName[to])}"/>`).join("");
    field.innerHTML = `<svg width="${width}" height="${height}" aria-hidden="true">${lines}</svg>`;
    field.style.width = `${width}px`;
    field.style.height = `${height}px`;
    field.append(...data.tiles.map((tile) => tileOf(tile, choose)));
    overview.build(data.tiles, width);
  };

  /** @param {Data} data */
  const update = (data) => {
    strip.setAttribute("aria-label", data.words.strip);
    const plan = JSON.stringify([data.edges, data.tiles.map(({ thumbnail, ...rest }) => rest)]);
    const isNew = plan !== shown;
    if (isNew) build(data);
    else for (const [k, image] of field.querySelectorAll("img").entries()) image.src = data.tiles[k].thumbnail;
    if (isNew || data.opened !== opened) mark(data.opened, isNew);
    opened = data.opened;
    shown = plan;
  };
  return { update };
};
