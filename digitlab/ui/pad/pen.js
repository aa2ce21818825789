// From pointer events on the pad to strokes: mouse, finger or pen, several at once.

import { rounded } from "./drawing.js";

/**
 * @typedef {Object} PenWatcher
 * @property {(points: number[], stamp: number) => void} onMove the stroke so far, x0, y0, x1, y1 … in pixels of the pad;
 *   `stamp` is the event's time in milliseconds
 * @property {(points: number[], stamp: number) => void} onLift the whole stroke
 * @property {() => void} onLost the stroke came to nothing
 * @property {() => boolean} isOpen whether strokes are taken at all
 */

/**
 * @typedef {Object} Pointer
 * @property {number[]} points
 * @property {boolean} crowded another pointer was down at the same time
 * @property {number} size of its contact, in pixels of the page
 * @property {number} stamp the time of its newest point
 */

const PAD_SIDE = 280;
const PALM = 60; // pixels of the page: no fingertip is that wide
const RESTING = 12; // pixels of the pad: a pointer that moves less while another one draws only rests

/**
 * Watch strokes on the pad.
 *
 * A hand that rests on a tablet touches the glass before the pen does, or a second finger comes down by chance. So each
 * pointer has a stroke of its own. One that was down alone is always a stroke, however short; of several at once, those
 * that only rest or that are as wide as a palm leave no ink.
 * @param {() => HTMLElement | null} findSurface what takes the pen
 * @param {PenWatcher} watcher
 * @returns {() => void} stop watching
 */
export const watchPen = (findSurface, watcher) => {
  /** @type {Map<number, Pointer>} */
  const pointers = new Map();
  let penSeen = false; // from then on a finger is a hand that rests

  /** @param {PointerEvent} event @param {DOMRect} box @returns {[number, number]} */
  const onPad = (event, box) => [
    rounded(((event.clientX - box.left) * PAD_SIDE) / box.width),
    rounded(((event.clientY - box.top) * PAD_SIDE) / box.height),
  ];

  /** @param {Pointer} pointer @param {PointerEvent} event */
  const add = (pointer, event) => {
    const surface = findSurface();
    if (!surface) return;
    const box = surface.getBoundingClientRect();
    const { points } = pointer;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) {
      if (one.timeStamp < pointer.stamp) continue; // it came before, as a raw event
      pointer.stamp = one.timeStamp;
      const [x, y] = onPad(one, box);
      const end = points.length;
      const isStraight = one.shiftKey && end > 2; // with the shift key a straight line follows the pen
      if (end && points[end - 2] === x && points[end - 1] === y) continue;
      if (isStraight) points.length -= 2;
      points.push(x, y);
    }
    pointer.size = Math.max(pointer.size, event.width, event.height);
  };

  /** @param {Pointer} pointer */
  const isInk = ({ points, crowded, size }) => {
    if (!crowded) return true;
    const xs = points.filter((_, k) => k % 2 === 0);
    const ys = points.filter((_, k) => k % 2 === 1);
    const reach = Math.hypot(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys));
    return size < PALM && reach > RESTING;
  };

  /** @param {Pointer} pointer @param {number} stamp */
  const show = (pointer, stamp) => {
    if (isInk(pointer)) watcher.onMove(pointer.points, stamp);
  };

  /** @param {PointerEvent} event */
  const down = (event) => {
    const surface = findSurface();
    if (!surface || event.composedPath()[0] !== surface || event.button > 0 || !watcher.isOpen()) return;
    if (event.pointerType === "pen") penSeen = true;
    if (event.pointerType === "touch" && penSeen) return;
    const pointer = { points: [], crowded: pointers.size > 0, size: 0, stamp: 0 };
    for (const other of pointers.values()) other.crowded = true;
    pointers.set(event.pointerId, pointer);
    add(pointer, event);
    show(pointer, event.timeStamp);
  };

  /** @param {PointerEvent} event */
  const move = (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    const before = pointer.points.length;
    add(pointer, event);
    if (pointer.points.length !== before) show(pointer, event.timeStamp);
  };

  /** @param {PointerEvent} event */
  const up = (event) => {
    const pointer = pointers.get(event.pointerId);
    if (!pointer) return;
    add(pointer, event);
    pointers.delete(event.pointerId);
    if (isInk(pointer)) watcher.onLift(pointer.points, event.timeStamp);
    else watcher.onLost();
  };

  /** @param {PointerEvent} event */
  const cancel = (event) => {
    if (pointers.delete(event.pointerId)) watcher.onLost();
  };

  const listening = new AbortController();
  const how = { capture: true, passive: true, signal: listening.signal };
  document.addEventListener("pointerdown", down, how);
  document.addEventListener("pointermove", move, how);
  // The browser keeps the events that move for its next frame, up to 17 ms. These come at once; there are none on a page
  // that is neither from this machine nor over https.
  document.addEventListener("pointerrawupdate", (event) => move(/** @type {PointerEvent} */ (event)), how);
  document.addEventListener("pointerup", up, how);
  document.addEventListener("pointercancel", cancel, how);
  return () => listening.abort();
};
