// From the points of a pen to the line that digitlab/drawing/canvas.py reads from the canvas.
//
// The canvas (Fabric 7) keeps a freehand stroke not as its points but as a path: points closer than 0.4 pixels are left
// out, the rest is smoothed by quadratic curves from midpoint to midpoint, and the ends stick out by a thousandth of the
// brush. What the pen has done so far is turned into that same path, so that nothing moves once the server has it.
//
// Points lie flat, x0, y0, x1, y1 …, in pixels of the pad.

/** @typedef {{points: Float64Array, width: number}} Stroke points [P × 2] and the brush; 0 where no brush is known */
/** @typedef {Array<[string, ...number[]]>} Path commands M, Q and L with absolute coordinates */

const DECIMATE = 0.4;
const FLATNESS = 0.05;
const DOT_LENGTH = 0.5;

/**
 * Add where the pen is now, as the canvas's pencil does: it takes the first point twice, a later one only if the pen has
 * moved, and with the shift key the last point follows the pen along a straight line.
 * @param {number[]} points
 * @param {number} x
 * @param {number} y
 * @param {boolean} straight
 */
export const addPoint = (points, x, y, straight = false) => {
  const end = points.length;
  if (end > 2 && points[end - 2] === x && points[end - 1] === y) return;
  if (end > 2 && straight) points.length -= 2;
  points.push(x, y);
};

/**
 * The points that the pencil keeps. The last but one always falls out: so it does in the canvas.
 * @param {ArrayLike<number>} points
 * @returns {number[]}
 */
const decimate = (points) => {
  if (points.length <= 4) return Array.from(points);
  const end = points.length - 2;
  let [x, y] = [points[0], points[1]];
  const kept = [x, y];
  for (let k = 2; k < end - 2; k += 2) {
    if ((x - points[k]) ** 2 + (y - points[k + 1]) ** 2 < DECIMATE ** 2) continue;
    [x, y] = [points[k], points[k + 1]];
    kept.push(x, y);
  }
  kept.push(points[end], points[end + 1]);
  return kept;
};

/**
 * The path that the canvas would keep if the pen were lifted now.
 * @param {ArrayLike<number>} points at least two points
 * @param {number} width the brush
 * @returns {Path}
 */
export const pencilPath = (points, width) => {
  const kept = decimate(points);
  const end = kept.length - 2;
  const stick = width / 1000;
  // The start sticks out along the way from the second point to the third, the end along the last step: so in Fabric.
  const long = kept.length > 4;
  const start = long ? [Math.sign(kept[4] - kept[2]), Math.sign(kept[5] - kept[3])] : [1, 0];
  const finish = long ? [Math.sign(kept[end] - kept[end - 2]), Math.sign(kept[end + 1] - kept[end - 1])] : [1, 0];

  const path = [["M", kept[0] - start[0] * stick, kept[1] - start[1] * stick]];
  for (let k = 0; k < end; k += 2) {
    const [x, y, nextX, nextY] = [kept[k], kept[k + 1], kept[k + 2], kept[k + 3]];
    if (x !== nextX || y !== nextY) path.push(["Q", x, y, (x + nextX) / 2, (y + nextY) / 2]);
  }
  path.push(["L", kept[end] + finish[0] * stick, kept[end + 1] + finish[1] * stick]);
  return path;
};

/**
 * A path as a line of points, no further than FLATNESS from the true curve; a click becomes one point.
 * @param {Path} path
 * @returns {Float64Array} [P × 2]
 */
export const flatten = (path) => {
  const line = [];
  let [x0, y0] = [0, 0];
  for (const [command, x1, y1, x2, y2] of path) {
    if (command === "Q") {
      const bend = Math.abs(x0 - 2 * x1 + x2) + Math.abs(y0 - 2 * y1 + y2);
      const count = Math.min(64, Math.max(1, Math.ceil(Math.sqrt((2 * bend) / (8 * FLATNESS)))));
      for (let k = 1; k <= count; k++) {
        const t = k / count;
        const u = 1 - t;
        line.push(u * u * x0 + 2 * u * t * x1 + t * t * x2, u * u * y0 + 2 * u * t * y1 + t * t * y2);
      }
      [x0, y0] = [x2, y2];
    } else {
      [x0, y0] = [x1, y1];
      line.push(x1, y1);
    }
  }
  const points = Float64Array.from(line);
  const [left, top, right, bottom] = box(points);
  return Math.hypot(right - left, bottom - top) < DOT_LENGTH ? middle(points) : points;
};

const middle = (points) => {
  const sum = new Float64Array(2);
  points.forEach((value, k) => { sum[k % 2] += value; });
  return sum.map((value) => (2 * value) / points.length);
};

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
