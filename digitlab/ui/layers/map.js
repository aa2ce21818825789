// A map of numbers that a pointer, a finger or the arrow keys move over.

import { make, paint } from "./dom.js";

/**
 * @param {string} label what it is, for people who do not see it
 * @param {(row: number, column: number, pinned: boolean) => void} [onPlace] absent for a map that is only looked at
 */
export const makeMap = (label, onPlace) => {
  const canvas = make("canvas", { role: "img", "aria-label": label });
  const marker = make("span.dl-marker", { hidden: true });
  const element = make("div.dl-map", {}, canvas, marker);
  let [height, width] = [1, 1];
  let [row, column] = [0, 0];

  /** Outline a part of it, in its own cells. */
  const mark = (window) => {
    marker.hidden = !window;
    if (!window) return;
    marker.style.left = `${(100 * window.left) / width}%`;
    marker.style.top = `${(100 * window.top) / height}%`;
    marker.style.width = `${(100 * window.width) / width}%`;
    marker.style.height = `${(100 * window.height) / height}%`;
  };

  const place = (toRow, toColumn, pinned = false) => {
    row = Math.min(Math.max(toRow, 0), height - 1);
    column = Math.min(Math.max(toColumn, 0), width - 1);
    mark({ top: row, left: column, height: 1, width: 1 });
    onPlace(row, column, pinned);
  };

  if (onPlace) {
    element.tabIndex = 0;
    element.setAttribute("role", "group");
    element.setAttribute("aria-label", `${label}. Arrow keys move over it.`);
    element.classList.add("dl-active");
    const follow = (event, pinned) => {
      const box = canvas.getBoundingClientRect();
      const at = (point, from, size, count) => Math.floor(((point - from) / size) * count);
      place(at(event.clientY, box.top, box.height, height), at(event.clientX, box.left, box.width, width), pinned);
    };
    element.onpointermove = (event) => follow(event, false);
    element.onpointerdown = (event) => follow(event, true);
    element.onkeydown = (event) => {
      const step = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
      if (event.key === "Enter") return place(row, column, true);
      if (!step) return;
      event.preventDefault();
      place(row + step[0], column + step[1]);
    };
  }

  /** @param {(row: number, column: number) => number | undefined} valueAt */
  const show = (rows, columns, valueAt, scale) => {
    [height, width] = [rows, columns];
    element.style.setProperty("--ratio", String(columns / rows));
    paint(canvas, rows, columns, valueAt, scale);
  };
  return { element, show, mark, place, where: () => [row, column] };
};
