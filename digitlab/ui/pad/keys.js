// The pad by keyboard: a cursor that the arrow keys move and the space bar lowers, and a sample for each digit's key.
//
// The keys work only while the pad has the focus (WCAG 2.2, 2.1.4).

import { drawing, stroke } from "./drawing.js";
import { sampleOf } from "./tools.js";

const STEP = 10; // pixels of the pad
const FINE = 2; // with the shift key
const SIDE = 280;
/** @type {Record<string, [number, number]>} */
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLElement} cover the element over the pad that takes the focus
 * @param {ReturnType<typeof import("./ink.js").openInk>} ink
 * @returns {() => void} stop
 */
export const openKeys = (cover, ink) => {
  const cursor = /** @type {HTMLElement} */ (cover.querySelector(".dl-cursor"));
  let [x, y] = [SIDE / 2, SIDE / 2];
  /** @type {number[] | null} the stroke while the pen is down */
  let points = null;

  const show = () => {
    cursor.hidden = false;
    cursor.style.left = `${(100 * x) / SIDE}%`;
    cursor.style.top = `${(100 * y) / SIDE}%`;
    cursor.classList.toggle("dl-down", points !== null);
    ink.follow(points && { points, width: drawing.brush });
  };
  const lift = () => {
    if (points) drawing.add(stroke(drawing.brush, points));
    points = null;
  };

  /** @param {KeyboardEvent} event */
  const press = (event) => {
    if (event.altKey) return;
    const isCommand = event.ctrlKey || event.metaKey;
    const way = WAYS[event.key];
    const key = event.key.toLowerCase();
    if (way && !isCommand) {
      const step = event.shiftKey ? FINE : STEP;
      x = Math.min(SIDE, Math.max(0, x + way[0] * step));
      y = Math.min(SIDE, Math.max(0, y + way[1] * step));
      points?.push(x, y);
      show();
    } else if (key === " " && !isCommand) {
      if (points) lift();
      else points = [x, y];
      show();
    } else if (key === "escape") {
      points = null;
      show();
    } else if (!isCommand && key === "u") {
      drawing.undo();
    } else if (!isCommand && (key === "x" || key === "delete" || key === "backspace")) {
      drawing.clear();
    } else if (!isCommand && /^[0-9]$/.test(key)) {
      sampleOf(Number(key)).then((digit) => digit && drawing.put({ instead: digit }));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const leave = () => {
    lift();
    cursor.hidden = true;
  };
  /** @param {KeyboardEvent} event undo and redo with the keys of every program, wherever the focus is but in a field */
  const command = (event) => {
    const { key, target } = event;
    const isField = target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea"));
    if (!(event.ctrlKey || event.metaKey) || event.altKey || isField) return;
    if (key.toLowerCase() === "y" || (key.toLowerCase() === "z" && event.shiftKey)) drawing.redo();
    else if (key.toLowerCase() === "z") drawing.undo();
    else return;
    event.preventDefault();
  };
  cover.addEventListener("keydown", press);
  cover.addEventListener("blur", leave);
  document.addEventListener("keydown", command);
  return () => {
    document.removeEventListener("keydown", command);
    cover.removeEventListener("keydown", press);
    cover.removeEventListener("blur", leave);
  };
};
