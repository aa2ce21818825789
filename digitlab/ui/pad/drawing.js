// The drawing of this tab: its strokes, what can be undone and redone, and what stands in the pad's place.
//
// While the page is open this is the truth. Every change takes effect here at once, is kept in the tab's session storage,
// and gets a number that grows, so that the server can hear of it later (line.js) and can never take a stroke back.

/** @typedef {import("../browser/strokes.js").Stroke} Stroke */
/** @typedef {Stroke & {text: string}} KeptStroke `text`: the points as `encode` writes them */

/**
 * @typedef {Object} Digit one of MNIST's digits
 * @property {"digit"} kind
 * @property {string} key "7" for a test digit, "training-7" for a training digit
 * @property {number} label 0 to 9
 * @property {string} pixels base64 of [28 × 28] bytes, 255 for ink
 */

/**
 * @typedef {Object} Picture the ink that was found in a photo
 * @property {"picture"} kind
 * @property {string} name of the file
 * @property {string} pixels base64 of [28 × 28] bytes, 255 for ink
 * @property {string[]} views base64 of [56 × 56 × 3] bytes: its part of the photo, and the same with the ink coloured
 */

/** @typedef {Digit | Picture} Instead what the network is shown instead of the strokes */

/**
 * @typedef {Object} Content what a drawing is made of
 * @property {KeptStroke[]} strokes
 * @property {Instead | null} instead in the pad's place; null for the pad itself
 * @property {Digit | null} beneath lies faint under the pen; never read as ink
 */

const KEY = "digitlab.drawing";
const VERSION = 1;
const STEPS = 100; // a hundredth of a pixel is kept
const FURTHEST = 320; // pixels from the pad's corner; what the pen does beyond is drawn at this line
const LONGEST_PAST = 200; // changes that can be undone

export const MAX_POINTS = 20000; // as digitlab/drawing/strokes.py has it
export const MAX_STROKES = 2000;
export const BRUSHES = { thin: 10, medium: 18, thick: 28 };

/** @param {number} value @returns {number} a coordinate as it is kept, so that the server reads the same number */
export const rounded = (value) => Math.round(Math.min(FURTHEST, Math.max(-FURTHEST, value)) * STEPS) / STEPS;

/** @param {Uint8Array} bytes */
export const toBase64 = (bytes) => {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
};

/** @param {string} text */
export const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

/** @param {ArrayLike<number>} points rounded @returns {string} base64 of int16, little-endian, in hundredths of a pixel */
const encode = (points) => {
  const view = new DataView(new ArrayBuffer(2 * points.length));
  for (let k = 0; k < points.length; k++) view.setInt16(2 * k, Math.round(points[k] * STEPS), true);
  return toBase64(new Uint8Array(view.buffer));
};

/** @param {string} text @returns {Float64Array} */
const decode = (text) => {
  const bytes = fromBase64(text);
  const view = new DataView(bytes.buffer);
  return Float64Array.from({ length: bytes.length >> 1 }, (_, k) => view.getInt16(2 * k, true) / STEPS);
};

/** @param {number} width @param {ArrayLike<number>} points x0, y0, x1, y1 … @returns {KeptStroke} */
export const stroke = (width, points) => {
  const kept = Float64Array.from(points, rounded);
  return { width, points: kept, text: encode(kept) };
};

/** @param {[number, string]} record @returns {KeptStroke} */
export const strokeOf = ([width, text]) => ({ width, points: decode(text), text });

/** @type {Content} */
let content = { strokes: [], instead: null, beneath: null };
/** @type {Content[]} what "undo" goes back to */
let past = [];
/** @type {Content[]} what "redo" goes forward to */
let future = [];
let number = 0;
let brush = BRUSHES.medium;
/** @type {string} the last command of the server that was carried out */
let done = "";
/** @type {Set<() => void>} */
const listeners = new Set();

const store = () => {
  try {
    const { strokes, ...rest } = content;
    const records = strokes.map(({ width, text }) => [width, text]);
    sessionStorage.setItem(KEY, JSON.stringify({ version: VERSION, number, brush, done, strokes: records, ...rest }));
  } catch {
    // The storage is full or switched off: the drawing lasts as long as the page.
  }
};

const restore = () => {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    if (kept?.version !== VERSION) return;
    content = { strokes: kept.strokes.map(strokeOf), instead: kept.instead, beneath: kept.beneath };
    ({ number, brush, done } = kept);
  } catch {
    // Written by another version or cut off: the pad begins empty.
  }
};

const changed = () => {
  number += 1;
  store();
  for (const listener of listeners) listener();
};

/** @param {Partial<Content>} change */
const become = (change) => {
  past = [...past.slice(1 - LONGEST_PAST), content];
  future = [];
  content = { ...content, ...change };
  changed();
};

const points = () => content.strokes.reduce((sum, one) => sum + one.points.length / 2, 0);

export const drawing = {
  get strokes() {
    return content.strokes;
  },
  get instead() {
    return content.instead;
  },
  get beneath() {
    return content.beneath;
  },
  /** Grows with every change. */
  get number() {
    return number;
  },
  get brush() {
    return brush;
  },
  get done() {
    return done;
  },
  get isEmpty() {
    return !content.instead && !content.strokes.length;
  },
  get canUndo() {
    return past.length > 0;
  },
  get canRedo() {
    return future.length > 0;
  },

  /** @param {KeptStroke} added @returns {boolean} false where the drawing is full */
  add(added) {
    if (content.strokes.length >= MAX_STROKES || points() + added.points.length / 2 > MAX_POINTS) return false;
    become({ strokes: content.instead ? [added] : [...content.strokes, added], instead: null });
    return true;
  },
  undo() {
    const before = past.pop();
    if (!before) return;
    future.push(content);
    content = before;
    changed();
  },
  redo() {
    const after = future.pop();
    if (!after) return;
    past.push(content);
    content = after;
    changed();
  },
  clear() {
    if (content.strokes.length || content.instead) become({ strokes: [], instead: null });
  },
  /** @param {Partial<Content>} change strokes, instead or beneath; the rest stays */
  put(change) {
    become(change);
  },
  /** @param {number} width */
  setBrush(width) {
    brush = width;
    store();
    for (const listener of listeners) listener();
  },
  /** @param {string} command the server's command that was just carried out, or refused */
  setDone(command) {
    done = command;
    store();
  },
  /** @param {() => void} listener called after each change @returns {() => void} stop */
  watch(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

restore();
