// Drawings as text for a link, as digitlab/drawing/link_text.py packs them, so that a link needs no server.
//
// The text is quarter pixels, delta coded, as zigzag variable-length numbers, compressed (zlib), in URL-safe base 64.

/** @typedef {import("./strokes.js").Stroke} Stroke */

const MAX_LINK = 16_000; // characters; longer addresses are cut by browsers and chat programs
const STEPS = 4; // a quarter of a pixel is kept

/**
 * @param {Stroke[]} strokes in pixels of the pad
 * @returns {Promise<string>}
 * @throws {Error} the text would be longer than a link may be; the sentence says so
 */
export const pack = async (strokes) => {
  /** @type {number[]} */
  const bytes = [];
  for (const { points, width } of strokes) {
    const deltas = deltasOf(points);
    for (const number of [deltas.length / 2, rounded(width * STEPS), ...deltas]) addVarint(bytes, number);
  }
  const stream = new Blob([Uint8Array.from(bytes)]).stream().pipeThrough(new CompressionStream("deflate"));
  const text = toBase64(new Uint8Array(await new Response(stream).arrayBuffer()));
  if (text.length > MAX_LINK) throw new Error("This drawing is too long for a link; draw it with fewer strokes.");
  return text;
};

/**
 * Half to even, as NumPy and Python round.
 * @param {number} value
 * @returns {number}
 */
const rounded = (value) => {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
};

/**
 * @param {Float64Array} points
 * @returns {number[]} from each point to the next, in steps; the first from 0, 0. Points that are not apart fall out.
 */
const deltasOf = (points) => {
  /** @type {number[]} */
  const deltas = [];
  let [x, y] = [0, 0];
  for (let k = 0; k < points.length; k += 2) {
    const [nextX, nextY] = [rounded(points[k] * STEPS), rounded(points[k + 1] * STEPS)];
    if (k > 0 && nextX === x && nextY === y) continue;
    deltas.push(nextX - x, nextY - y);
    [x, y] = [nextX, nextY];
  }
  return deltas;
};

/**
 * A signed integer as zigzag variable-length bytes (the encoding of Protocol Buffers' sint64).
 * @param {number[]} bytes
 * @param {number} number
 */
const addVarint = (bytes, number) => {
  let rest = number >= 0 ? number * 2 : -number * 2 - 1;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
};

/** @param {Uint8Array} bytes @returns {string} */
const toBase64 = (bytes) => {
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};
