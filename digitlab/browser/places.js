// Where numbers lie in maps, and what several kinds of layers share.

/**
 * Where a sliding window starts and how much of the picture's border it needs.
 * @param {number} size the input's side
 * @param {number} window
 * @param {number} stride
 * @param {import("./weights.js").Padding} padding
 * @returns {{before: number, total: number}} pixels of padding before the first and in all
 */
export const paddingOf = (size, window, stride, padding) => {
  const total = padding === "same" ? Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0) : 0;
  return { before: Math.floor(total / 2), total };
};

/** @param {number[]} shape @returns {number} */
export const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

/** @param {number[]} shape @param {number} index @returns {number[]} the place of a flat index, as many as the shape has */
export const placeOf = (shape, index) => {
  const place = [];
  for (const side of [...shape].reverse()) {
    place.unshift(index % side);
    index = Math.floor(index / side);
  }
  return place;
};

/**
 * Softmax over the last axis, in place.
 * @param {Float32Array} values
 * @param {number} count the last axis' length
 */
export const softmax = (values, count = values.length) => {
  for (let start = 0; start < values.length; start += count) {
    let top = -Infinity;
    for (let k = start; k < start + count; k++) top = Math.max(top, values[k]);
    let sum = 0;
    for (let k = start; k < start + count; k++) sum += Math.exp(values[k] - top);
    for (let k = start; k < start + count; k++) values[k] = Math.exp(values[k] - top) / sum;
  }
};
