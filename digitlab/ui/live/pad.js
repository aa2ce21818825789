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

const TOOLBAR_STYLE = ".dc-root .dc-toolbar:focus-within { top: 0; }"; // it floats above the pad, where the page clips it

/** Have the canvas's own toolbar be seen when the tab key has led into it. */
export const showFocusedToolbar = () => {
  const inside = findPad()?.surface.getRootNode();
  if (!inside || inside.querySelector("style[data-digitlab]")) return;
  const style = document.createElement("style");
  style.dataset.digitlab = "";
  style.textContent = TOOLBAR_STYLE;
  inside.append(style);
};

/**
 * @typedef {Object} PenWatcher
 * @property {(points: Float64Array) => void} onMove the stroke so far: x0, y0, x1, y1 … in pixels of the pad; the last
 *   point may be foreseen, and the same stroke may come twice
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
  let place = surface.getBoundingClientRect();

  const onPad = (clientX, clientY) => [
    ((clientX - place.left) * surface.width) / place.width,
    ((clientY - place.top) * surface.height) / place.height,
  ];
  const add = (event) => {
    const { clientX, clientY } = event.changedTouches?.[0] ?? event;
    place = surface.getBoundingClientRect();
    addPoint(points, ...onPad(clientX, clientY), event.shiftKey);
    watcher.onMove(new Float64Array(points));
  };
  // The browser keeps the events that draw for its next frame, up to 17 ms. This one comes at once and says where the
  // next will be; on a page that is neither from this machine nor over https there is none, and the answer waits.
  const foresee = (event) => {
    if (!points.length || !event.isPrimary) return;
    const round = event.pointerType === "mouse" ? Math.floor : Number; // as mouse events do
    const next = points.slice();
    addPoint(next, ...onPad(round(event.clientX), round(event.clientY)), event.shiftKey);
    watcher.onMove(new Float64Array(next));
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
    pointerrawupdate: foresee,
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
