// A map of numbers that a pointer, a finger or the arrow keys move over.

import { make, paint } from "../shared/dom.js";

/** @typedef {import("../browser/colours.js").Scale} Scale */
/** @typedef {import("../browser/microscope.js").Window} Window */

/** @type {Record<string, [number, number]>} rows and columns for each key */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** @param {(row: number, column: number, pinned: boolean) => void} [onPlace] absent for a map that is only looked at */
export const makeMap = (onPlace) => {
  const canvas = make("canvas", { role: "img" });
  const marker = make("span.dl-marker", { hidden: true });
  const element = make("div.dl-map", {}, canvas, marker);
  let [height, width] = [1, 1];
  let [row, column] = [0, 0];

  /** Outline a part of it, in its own cells. @param {Window} [window] */
  const mark = (window) => {
    marker.hidden = !window;
    if (!window) return;
    marker.style.left = `${(100 * window.left) / width}%`;
    marker.style.top = `${(100 * window.top) / height}%`;
    marker.style.width = `${(100 * window.width) / width}%`;
    marker.style.height = `${(100 * window.height) / height}%`;
  };

  /** @param {number} toRow @param {number} toColumn @param {boolean} [pinned] */
  const place = (toRow, toColumn, pinned = false) => {
    row = Math.min(Math.max(toRow, 0), height - 1);
    column = Math.min(Math.max(toColumn, 0), width - 1);
    mark({ top: row, left: column, height: 1, width: 1 });
    onPlace?.(row, column, pinned);
  };

  if (onPlace) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    element.classList.add("dl-active");
    /** @param {PointerEvent} event @param {boolean} pinned */
    const follow = (event, pinned) => {
      const box = canvas.getBoundingClientRect();
      /** @param {number} point @param {number} from @param {number} size @param {number} count */
      const at = (point, from, size, count) => Math.floor(((point - from) / size) * count);
      place(at(event.clientY, box.top, box.height, height), at(event.clientX, box.left, box.width, width), pinned);
    };
    element.onpointermove = (event) => follow(event, false);
    element.onpointerdown = (event) => follow(event, true);
    element.onkeydown = (event) => {
      if (event.key === "Enter") place(row, column, true);
      const step = STEPS[event.key];
      if (!step) return;
      event.preventDefault();
      place(row + step[0], column + step[1]);
    };
  }

  /**
   * @param {number} rows
   * @param {number} columns
   * @param {(row: number, column: number) => number | undefined} valueAt
   * @param {Scale} scale
   */
  const show = (rows, columns, valueAt, scale) => {
    [height, width] = [rows, columns];
    element.style.setProperty("--ratio", String(columns / rows));
    paint(canvas, rows, columns, valueAt, scale);
  };
  /**
   * For people who do not see the map.
   * @param {string} label what the map is
   * @param {string} [keys] the same, and what keys do
   */
  const call = (label, keys = label) => {
    canvas.setAttribute("aria-label", label);
    if (onPlace) element.setAttribute("aria-label", keys);
  };
  /** @returns {[number, number]} the row and the column that it is at */
  const where = () => [row, column];
  return { element, show, mark, place, where, call };
};
