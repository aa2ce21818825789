// Strokes, as digitlab/drawing/strokes.py has them.
//
// Points lie flat, x0, y0, x1, y1 …, in pixels of the pad.

/** @typedef {{points: Float64Array, width: number}} Stroke points [P × 2] and the brush; 0 where no brush is known */

/**
 * @param {ArrayLike<number>} points
 * @returns {[number, number, number, number]} left, top, right, bottom
 */
export const box = (points) => {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < points.length; k += 2) {
    left = Math.min(left, points[k]);
    right = Math.max(right, points[k]);
    top = Math.min(top, points[k + 1]);
    bottom = Math.max(bottom, points[k + 1]);
  }
  return [left, top, right, bottom];
};
