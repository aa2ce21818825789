// The digit itself beside the pointer, while that is over a point of the map. Plotly's own labels hold text only; the
// digits come once, as one picture of all of them. A chart whose data change is a new element, so every one that appears
// in the map's place is listened to.

import { contextOf, make } from "../shared/dom.js";

/** @typedef {{digits: string, columns: number}} Data the picture's address, and how many digits stand in one of its rows */

/** @typedef {{points?: {customdata?: number[]}[]}} PlotlyEvent */
/** @typedef {NonNullable<PlotlyEvent["points"]>} Points */
/**
 * Once drawn, a chart has `on`. `_hoverdata` holds the points under a resting pointer: the event that named them may have come
 * before this module listened, and Plotly sends no second one for the same points.
 * @typedef {HTMLElement & {on?: (name: string, hear: (event: PlotlyEvent) => void) => void, _hoverdata?: Points}} Chart
 */

const SIDE = 28;
const SHOWN = 112; // pixels

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element }) => {
  const canvas = make("canvas", { width: SIDE, height: SIDE, hidden: true });
  const digits = new Image();
  /** @type {WeakSet<Chart>} */
  const heard = new WeakSet();
  const pointer = { x: 0, y: 0 };
  let number = -1; // of the digit under the pointer; -1: none
  let columns = 1;
  let closed = false;
  element.append(canvas);

  const paint = () => {
    if (closed || number < 0 || !digits.naturalWidth) return;
    const x = (number % columns) * SIDE;
    const y = Math.floor(number / columns) * SIDE;
    contextOf(canvas).drawImage(digits, x, y, SIDE, SIDE, 0, 0, SIDE, SIDE);
    canvas.style.left = `${Math.max(4, pointer.x - SHOWN - 18)}px`;
    canvas.style.top = `${Math.max(4, pointer.y - SHOWN - 18)}px`;
    canvas.dataset.number = String(number);
    canvas.hidden = false;
  };
  /** @param {Points | undefined} points */
  const show = (points) => {
    number = points?.[0]?.customdata?.[0] ?? -1;
    paint();
  };
  const hide = () => {
    number = -1;
    canvas.hidden = true;
  };

  const listen = () => {
    for (const chart of /** @type {NodeListOf<Chart>} */ (document.querySelectorAll(".st-key-map .js-plotly-plot"))) {
      if (!chart.on || heard.has(chart)) continue;
      heard.add(chart);
      chart.on("plotly_hover", ({ points }) => show(points));
      chart.on("plotly_unhover", hide);
      const label = chart.querySelector(".hovertext")?.getBoundingClientRect();
      if (!chart._hoverdata || !label) continue;
      [pointer.x, pointer.y] = [label.left, label.top];
      show(chart._hoverdata);
    }
  };
  /** @param {PointerEvent} event */
  const follow = ({ clientX, clientY }) => {
    pointer.x = clientX;
    pointer.y = clientY;
  };
  document.addEventListener("pointermove", follow, { capture: true, passive: true });
  digits.addEventListener("load", paint);
  const watch = new MutationObserver(listen);
  watch.observe(document.body, { childList: true, subtree: true });
  listen();

  /** @param {Data} data */
  const update = (data) => {
    columns = data.columns;
    digits.src = new URL(data.digits, document.baseURI).href;
  };
  const unmount = () => {
    closed = true;
    watch.disconnect();
    document.removeEventListener("pointermove", follow, { capture: true });
    hide();
  };
  return { update, unmount };
};
