// From strokes to the network's 28×28, the same stages as digitlab/drawing/preprocess.py.

import { ink, SIDE } from "./raster.js";
import { box } from "./strokes.js";

/** @typedef {import("./strokes.js").Stroke} Stroke */
/** @typedef {{crop: boolean, scale: boolean, pen: boolean, centre: boolean}} Steps which steps are taken */

const PAD_SIDE = 280;
const DEFAULT_BRUSH = 18; // pixels of the pad
const BOX = 20; // the longest side of the ink, in pixels of the 28×28
const CENTRE = 14.5; // where MNIST has its centre of mass
const PEN_WIDTH = 2.4; // pixels of the 28×28

export const ALL_STEPS = { crop: true, scale: true, pen: true, centre: true };

/**
 * The network's picture of a drawing.
 * @param {Stroke[]} strokes in pixels of the pad
 * @param {Float32Array} picture [28 × 28] is overwritten: 0 to 1, all 0 for an empty drawing
 * @param {Steps} steps
 */
export const prepare = (strokes, picture, steps = ALL_STEPS) => {
  picture.fill(0);
  if (!strokes.length) return;
  const { segments, widths } = onGrid(strokes);
  if (steps.crop) {
    const [left, top, right, bottom] = box(segments);
    move(segments, (SIDE - left - right) / 2, (SIDE - top - bottom) / 2);
  }
  if (steps.scale)
    scale(
      segments,
      widths,
      strokes.some(({ width }) => width > 0),
      steps.pen,
    );
  if (steps.pen) widths.fill(PEN_WIDTH);
  ink(segments, widths, picture);
  if (steps.centre) {
    move(segments, ...toCentre(picture));
    ink(segments, widths, picture);
  }
};

/**
 * @param {Stroke[]} strokes
 * @returns {{segments: Float64Array, widths: Float64Array}} [S × 4] and [S] in pixels of the 28×28; a dot is a segment of
 *   length 0
 */
const onGrid = (strokes) => {
  const count = strokes.reduce((sum, { points }) => sum + Math.max(1, points.length / 2 - 1), 0);
  const segments = new Float64Array(4 * count);
  const widths = new Float64Array(count);
  let at = 0;
  for (const { points, width } of strokes) {
    const last = points.length - 2;
    for (let k = 0; k < Math.max(2, last); k += 2) {
      const next = Math.min(k + 2, last);
      widths[at / 4] = ((width || DEFAULT_BRUSH) * SIDE) / PAD_SIDE;
      for (const from of [k, next]) {
        segments[at++] = (points[from] * SIDE) / PAD_SIDE;
        segments[at++] = (points[from + 1] * SIDE) / PAD_SIDE;
      }
    }
  }
  return { segments, widths };
};

/** @param {Float64Array} segments are moved @param {number} dx @param {number} dy */
const move = (segments, dx, dy) => {
  for (let k = 0; k < segments.length; k += 2) {
    segments[k] += dx;
    segments[k + 1] += dy;
  }
};

/**
 * Scale about the box's centre so that the ink's longest side is BOX; with the canonical pen, once it is drawn with it.
 * What is shorter than half the brush is a dot and stays one: a dot blown up would be a line.
 * @param {Float64Array} segments are scaled
 * @param {Float64Array} widths are scaled
 * @param {boolean} knownBrush
 * @param {boolean} pen whether it is drawn with the canonical pen
 */
const scale = (segments, widths, knownBrush, pen) => {
  const [left, top, right, bottom] = box(segments);
  const longest = Math.max(right - left, bottom - top);
  const brush = widths.reduce((widest, width) => Math.max(widest, width));
  const dot = longest < (knownBrush ? brush / 2 : 1e-9);
  const factor = dot ? PEN_WIDTH / brush : pen ? (BOX - PEN_WIDTH) / longest : BOX / (longest + brush);
  const centre = [(left + right) / 2, (top + bottom) / 2];
  for (let k = 0; k < segments.length; k++) segments[k] = (segments[k] - centre[k % 2]) * factor + centre[k % 2];
  for (let k = 0; k < widths.length; k++) widths[k] *= factor;
};

/**
 * @param {Float32Array} picture [28 × 28]
 * @returns {[number, number]} how far to move it so that its centre of mass lies at CENTRE; 0 if it has no ink
 */
const toCentre = (picture) => {
  let [mass, x, y] = [0, 0, 0];
  for (let at = 0; at < picture.length; at++) {
    mass += picture[at];
    x += picture[at] * ((at % SIDE) + 0.5);
    y += picture[at] * (Math.floor(at / SIDE) + 0.5);
  }
  return mass === 0 ? [0, 0] : [CENTRE - x / mass, CENTRE - y / mass];
};
