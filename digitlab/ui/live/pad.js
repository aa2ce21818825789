// Following the pen on the canvas of streamlit-drawable-canvas.

import { addPoint } from "../web/strokes.js";

/**
 * The drawing surface and the toolbar of the canvas in the container `pad`. The only place that knows the inside of the
 * other component (an open shadow root, Fabric's upper canvas, the toolbar); tests/browser/test_live.py watches it.
 * @returns {{surface: HTMLCanvasElement, toolbar: Element, isEditing: boolean} | null} isEditing: the pen moves strokes
 *   instead of drawing; null where there is no canvas
 */
export const findPad = () => {
  for (const place of document.querySelectorAll(".st-key-pad, .st-key-pad *")) {
    const surface = place.shadowRoot?.querySelector("canvas.upper-canvas");
    const toolbar = place.shadowRoot?.querySelector(".dc-toolbar");
    if (!surface || !toolbar) continue;
    const isEditing = toolbar.querySelector('[aria-label="Edit"]').getAttribute("aria-pressed") === "true";
    return { surface, toolbar, isEditing };
  }
  return null;
};

/**
 * @typedef {Object} PenWatcher
 * @property {(points: number[]) => void} onMove the stroke so far: x0, y0, x1, y1 … in pixels of the pad
 * @property {(points: number[]) => void} onLift the whole stroke
 * @property {() => void} onLost the stroke came to nothing
 * @property {() => void} onTool the canvas's own toolbar was used
 */

/**
 * Watch strokes on the pad. One listener stays for as long as this watches; those for moving are there during a stroke.
 *
 * The canvas draws from mouse and touch events, whose coordinates the browser rounds otherwise than those of pointer
 * events, so the same events are read here; the pointer event that precedes them says when to begin.
 * @param {PenWatcher} watcher
 * @returns {() => void} stop watching
 */
export const watchPen = (watcher) => {
  /** @type {AbortController | null} */
  let stroke = null;

  const begin = (event) => {
    const pad = stroke ? null : findPad();
    if (!pad) return;
    const path = event.composedPath();
    if (path.includes(pad.toolbar)) watcher.onTool();
    if (path[0] !== pad.surface || pad.isEditing) return;
    stroke = new AbortController();
    followStroke(pad.surface, watcher, stroke.signal, () => {
      stroke?.abort();
      stroke = null;
    });
  };

  document.addEventListener("pointerdown", begin, { capture: true, passive: true });
  return () => {
    document.removeEventListener("pointerdown", begin, { capture: true });
    stroke?.abort();
  };
};

const followStroke = (surface, watcher, signal, end) => {
  const points = [];
  let finger = null; // the touch that draws; others are passed over

  const add = (event) => {
    const { clientX, clientY } = event.changedTouches?.[0] ?? event;
    const { left, top, width, height } = surface.getBoundingClientRect();
    const x = ((clientX - left) * surface.width) / width;
    const y = ((clientY - top) * surface.height) / height;
    addPoint(points, x, y, event.shiftKey);
    watcher.onMove(points);
  };
  const start = (event) => {
    if (points.length) return;
    if (event.button) return end(); // the canvas draws with the main button only
    finger = event.changedTouches?.[0].identifier ?? null;
    add(event);
    add(event); // the canvas's pencil takes the first point twice
  };
  const move = (event) => {
    const { identifier } = event.changedTouches?.[0] ?? { identifier: null };
    if (points.length && identifier === finger) add(event);
  };
  const lift = (event) => {
    if (event.touches?.length) return; // the canvas waits for the last finger
    end();
    if (points.length) watcher.onLift(points);
  };
  const lose = () => {
    end();
    if (points.length) watcher.onLost();
  };
  // A pointer that lifts before any mouse or touch event drew nothing.
  const lostInterest = () => { if (!points.length) end(); };

  const listeners = {
    mousedown: start,
    touchstart: start,
    mousemove: move,
    touchmove: move,
    mouseup: lift,
    touchend: lift,
    touchcancel: lose,
    pointerup: lostInterest,
    pointercancel: lostInterest,
  };
  for (const [name, listener] of Object.entries(listeners)) {
    document.addEventListener(name, listener, { capture: true, passive: true, signal });
  }
};
