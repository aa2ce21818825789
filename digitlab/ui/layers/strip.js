// The network as a strip: a tile for each layer, lines for what each reads. The server lays the tiles out; a click or
// Enter on one opens the layer.

import { make } from "./dom.js";

const TILE = { width: 112, height: 172 };
const GAP = { across: 26, down: 40 };

const left = ({ column }) => column * (TILE.width + GAP.across);
const top = ({ row }) => row * (TILE.height + GAP.down);

/**
 * A line from one tile to another. Neighbours are joined straight; what passes over tiles goes beneath its row.
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
const smoothIfSmall = ({ target }) => target.classList.toggle("dl-smooth", 2 * target.naturalHeight > target.clientHeight);

const tileOf = (tile, open) => {
  const facts = tile.facts.map((fact) => make("span", {}, fact));
  return make(
    "button.dl-tile",
    {
      type: "button",
      title: tile.title,
      onclick: () => open(tile.name),
      data: { layer: tile.name },
      style: { left: `${left(tile)}px`, top: `${top(tile)}px` },
      "aria-label": `${tile.kind} ${tile.name}, ${tile.shape}. ${tile.facts.join(", ")}`,
    },
    make("b", {}, tile.kind),
    make("span.dl-thumb", {}, make("img", { src: tile.thumbnail, alt: "", onload: smoothIfSmall })),
    make("span.dl-shape", {}, tile.shape),
    ...facts,
  );
};

export const open = (area, tell) => {
  const field = make("div.dl-strip-field");
  area.append(make("div.dl-strip", { role: "group", "aria-label": "The network, layer by layer" }, field));
  let shown = ""; // the tiles' places and the network, as text: while they stay, only pictures change
  let opened = "";

  const mark = (name, scroll) => {
    for (const tile of field.querySelectorAll(".dl-tile")) {
      tile.setAttribute("aria-pressed", String(tile.dataset.layer === name));
      if (scroll && tile.dataset.layer === name) {
        const strip = field.parentElement;
        strip.scrollLeft = tile.offsetLeft - (strip.clientWidth - tile.offsetWidth) / 2;
      }
    }
  };

  const choose = (name) => {
    mark(name, false);
    opened = name;
    tell("open", name);
  };

  field.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const tiles = [...field.querySelectorAll(".dl-tile")];
    const at = tiles.indexOf(document.activeElement);
    if (!step || at < 0) return;
    event.preventDefault();
    tiles[Math.min(Math.max(at + step, 0), tiles.length - 1)].focus();
  };

  const build = (data) => {
    const places = Object.fromEntries(data.tiles.map((tile) => [tile.name, tile]));
    const width = Math.max(...data.tiles.map(left)) + TILE.width;
    const height = Math.max(...data.tiles.map(top)) + TILE.height + (data.skips ? GAP.down : 0);
    const lines = data.edges.map(([from, to]) => `<path d="${lineOf(places[from], places[to])}"/>`).join("");
    field.innerHTML = `<svg width="${width}" height="${height}" aria-hidden="true">${lines}</svg>`;
    field.style.width = `${width}px`;
    field.style.height = `${height}px`;
    field.append(...data.tiles.map((tile) => tileOf(tile, choose)));
  };

  const update = (data) => {
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
