// Well-known filters, and a filter's choices as text for the URL.

/** @typedef {import("../browser/weights.js").Padding} Padding */
/** @typedef {{preset: string, size: number, stride: number, padding: Padding, pool: string, values: number[]}} Filter */

/**
 * Three by three, row by row; `fill` says what a larger kernel has in all its places instead.
 * @type {Record<string, {values: number[], fill?: boolean}>}
 */
export const PRESETS = {
  vertical: { values: [-1, 0, 1, -2, 0, 2, -1, 0, 1] },
  horizontal: { values: [-1, -2, -1, 0, 0, 0, 1, 2, 1] },
  outline: { values: [-1, -1, -1, -1, 8, -1, -1, -1, -1] },
  blur: { values: [], fill: true },
  sharpen: { values: [0, -1, 0, -1, 5, -1, 0, -1, 0] },
  emboss: { values: [-2, -1, 0, -1, 1, 1, 0, 1, 2] },
  identity: { values: [0, 0, 0, 0, 1, 0, 0, 0, 0] },
};
/** @type {Omit<Filter, "values">} */
const FIRST = { preset: "vertical", size: 3, stride: 1, padding: "valid", pool: "none" };
export const POOLS = ["none", "max2", "max3", "mean2", "mean3"];

/**
 * A kernel in another size: cut or filled up with zeros around its middle.
 * @param {number[]} values
 * @param {number} size
 */
export const resized = (values, size) => {
  const old = Math.round(Math.sqrt(values.length));
  const shift = Math.floor(old / 2) - Math.floor(size / 2);
  return Array.from({ length: size * size }, (_, k) => {
    const [row, column] = [Math.floor(k / size) + shift, (k % size) + shift];
    return row >= 0 && column >= 0 && row < old && column < old ? values[row * old + column] : 0;
  });
};

/** @param {string} preset @param {number} size @returns {number[]} row by row */
export const kernelOf = (preset, size) => {
  const { values, fill } = PRESETS[preset];
  return fill ? new Array(size * size).fill(1 / (size * size)) : resized(values, size);
};

/**
 * The output's side, 0 or less where the window is larger than the input.
 * @param {number} side
 * @param {number} window
 * @param {number} stride
 * @param {Padding} padding
 */
export const sizeOf = (side, window, stride, padding) =>
  padding === "same" ? Math.ceil(side / stride) : Math.floor((side - window) / stride) + 1;

/** @param {Filter} filter @returns {string} preset_size_stride_padding_pool, and for one's own kernel its values */
export const pack = ({ preset, size, stride, padding, pool, values }) =>
  [
    preset,
    size,
    stride,
    padding,
    pool,
    ...(preset === "own" ? [values.map((value) => Number(value.toFixed(3))).join(",")] : []),
  ].join("_");

/** @param {string} text anything @returns {Filter} what cannot be read is as at first */
export const unpack = (text) => {
  const [preset, size, stride, padding, pool, values] = String(text).split("_");
  const first = { ...FIRST, values: kernelOf(FIRST.preset, FIRST.size) };
  const side = Number(size);
  const own = (values ?? "").split(",").map(Number);
  const isOwn =
    preset === "own" &&
    own.length === side * side &&
    own.every((value) => Number.isFinite(value) && Math.abs(value) <= 99);
  const known =
    (Object.hasOwn(PRESETS, preset) || isOwn) &&
    [1, 2, 3, 4, 5, 6, 7].includes(side) &&
    ["1", "2", "3"].includes(stride) &&
    ["valid", "same"].includes(padding) &&
    POOLS.includes(pool);
  if (!known) return first;
  return {
    preset,
    size: side,
    stride: Number(stride),
    padding: /** @type {Padding} */ (padding),
    pool,
    values: isOwn ? own : kernelOf(preset, side),
  };
};
