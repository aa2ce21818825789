// How one number of a layer came about: what it was computed from, step by step.
//
// `examine` takes a layer's record, its inputs' values and which of its numbers is meant, and returns a finding: every
// part of the arithmetic, ending with `value`. It computes that one number alone, so a pointer that moves over a feature
// map is followed at once. Values lie as in layers.js: [height, width, channels], the channel running fastest.

import { paddingOf, softmax } from "./layers.js";

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */
/** @typedef {import("./layers.js").Tensor} Tensor */

/**
 * @typedef {Object} Window the part of the input that a number is computed from
 * @property {number} top its first row in the input; below 0 where it begins in the padding
 * @property {number} left
 * @property {number} height
 * @property {number} width
 */

/**
 * @typedef {Object} Finding
 * @property {number} value the layer's number
 * @property {Window} [window]
 * @property {Float32Array} [patch] the inputs under the window, [height, width, channels]; one channel for pooling
 * @property {Float32Array} [kernel] as many weights
 * @property {Float64Array} [products] patch times kernel, or a dense unit's inputs times its weights
 * @property {Float64Array} [subtotals] conv: the products' sum for each input channel
 * @property {number} [sum] of all products, or of all inputs
 * @property {number} [bias]
 * @property {number} [before] the number before the activation
 * @property {string} [activation]
 * @property {number} [winner] max pooling: which of `patch` is the largest
 * @property {number} [count] how many numbers are averaged
 * @property {number} [scale] batch normalisation: times this
 * @property {number} [shift] plus this
 * @property {number} [from] flatten: which of the input's numbers it is
 * @property {number[]} [terms] one number from each input
 * @property {Softmax} [softmax]
 */

/** @typedef {{logits: Float32Array, exponentials: Float64Array, sum: number, shares: Float32Array}} Softmax */

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
 * Softmax with its steps; the largest logit is taken off first, so that no exponential overflows.
 * @param {Float32Array} logits
 * @returns {Softmax}
 */
export const softmaxOf = (logits) => {
  const top = Math.max(...logits);
  const exponentials = Float64Array.from(logits, (logit) => Math.exp(logit - top));
  const shares = Float32Array.from(logits);
  softmax(shares);
  return { logits, exponentials, sum: exponentials.reduce((sum, value) => sum + value, 0), shares };
};

const activated = (value, activation) => (activation === "relu" ? Math.max(value, 0) : value);

/**
 * The window of a layer that slides one, for the number at row y and column x.
 * @param {{kernel?: number, size?: number, stride?: number, padding: "valid" | "same"}} layer
 * @param {number[]} shape of the input
 * @returns {Window}
 */
export const windowOf = ({ kernel, size, stride, padding }, shape, y, x) => {
  const side = kernel ?? size;
  const step = stride ?? size;
  return {
    top: y * step - paddingOf(shape[0], side, step, padding).before,
    left: x * step - paddingOf(shape[1], side, step, padding).before,
    height: side,
    width: side,
  };
};

/** @returns {Finding} */
const conv = (layer, [input], index) => {
  const [y, x, out] = placeOf(layer.shape, index);
  const [height, width, channels] = input.shape;
  const filters = layer.shape[2];
  const window = windowOf(layer, input.shape, y, x);
  const size = layer.kernel;
  const patch = new Float32Array(size * size * channels);
  const kernel = new Float32Array(patch.length);
  const products = new Float64Array(patch.length);
  const subtotals = new Float64Array(channels);
  let sum = 0;
  for (let row = 0, k = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [inY, inX] = [window.top + row, window.left + column];
      const inside = inY >= 0 && inX >= 0 && inY < height && inX < width;
      for (let c = 0; c < channels; c++, k++) {
        patch[k] = inside ? input.values[(inY * width + inX) * channels + c] : 0;
        kernel[k] = layer.weights.kernel[k * filters + out];
        products[k] = patch[k] * kernel[k];
        subtotals[c] += products[k];
        sum += products[k];
      }
    }
  }
  const bias = layer.weights.bias[out];
  const { activation = "linear" } = layer;
  const before = sum + bias;
  return { window, patch, kernel, products, subtotals, sum, bias, before, activation, value: activated(before, activation) };
};

/** All of a dense layer's numbers before its activation. */
const logitsOf = (layer, input) => {
  const { kernel, bias } = layer.weights;
  const sums = Float64Array.from(bias);
  for (let i = 0, k = 0; i < input.values.length; i++) {
    for (let unit = 0; unit < sums.length; unit++, k++) sums[unit] += input.values[i] * kernel[k];
  }
  return Float32Array.from(sums);
};

/** @returns {Finding} */
const dense = (layer, [input], index) => {
  const units = layer.shape[0];
  const { activation = "linear" } = layer;
  const products = new Float64Array(input.values.length);
  const kernel = new Float32Array(input.values.length);
  let sum = 0;
  for (let i = 0; i < products.length; i++) {
    kernel[i] = layer.weights.kernel[i * units + index];
    products[i] = input.values[i] * kernel[i];
    sum += products[i];
  }
  const bias = layer.weights.bias[index];
  const before = sum + bias;
  const finding = { patch: input.values, kernel, products, sum, bias, before, activation };
  if (activation !== "softmax") return { ...finding, value: activated(before, activation) };
  const shares = softmaxOf(logitsOf(layer, input));
  return { ...finding, softmax: shares, value: shares.shares[index] };
};

/** Pooling looks at what of its window lies inside the picture. */
const pool = (average) => (layer, [input], index) => {
  const [y, x, channel] = placeOf(layer.shape, index);
  const [height, width, channels] = input.shape;
  const full = windowOf(layer, input.shape, y, x);
  const top = Math.max(0, full.top);
  const left = Math.max(0, full.left);
  const window = {
    top,
    left,
    height: Math.min(height, full.top + full.height) - top,
    width: Math.min(width, full.left + full.width) - left,
  };
  const patch = new Float32Array(window.height * window.width);
  let sum = 0;
  let winner = 0;
  for (let k = 0; k < patch.length; k++) {
    const row = top + Math.floor(k / window.width);
    const column = left + (k % window.width);
    patch[k] = input.values[(row * width + column) * channels + channel];
    sum += patch[k];
    if (patch[k] > patch[winner]) winner = k;
  }
  if (average) return { window, patch, sum, count: patch.length, value: sum / patch.length };
  return { window, patch, winner, value: patch[winner] };
};

/** @returns {Finding} */
const globalAveragePool = (layer, [input], index) => {
  const [height, width, channels] = input.shape;
  const patch = new Float32Array(height * width);
  let sum = 0;
  for (let k = 0; k < patch.length; k++) {
    patch[k] = input.values[k * channels + index];
    sum += patch[k];
  }
  return { window: { top: 0, left: 0, height, width }, patch, sum, count: patch.length, value: sum / patch.length };
};

/** @returns {Finding} */
const batchNorm = (layer, [input], index) => {
  const { scale, shift } = layer.weights;
  const channel = index % scale.length;
  const term = input.values[index];
  const value = term * scale[channel] + shift[channel];
  return { terms: [term], scale: scale[channel], shift: shift[channel], value };
};

/** @returns {Finding} */
const relu = (layer, [input], index) => ({ terms: [input.values[index]], value: Math.max(0, input.values[index]) });

/** @returns {Finding} */
const add = (layer, inputs, index) => {
  const terms = inputs.map(({ values }) => values[index]);
  return { terms, value: terms.reduce((sum, term) => sum + term, 0) };
};

/** Flatten and dropout pass their numbers on. */
const same = (layer, [input], index) => ({ from: index, terms: [input.values[index]], value: input.values[index] });

/** @type {Object<string, (layer: LayerRecord, inputs: Tensor[], index: number) => Finding>} */
const EXAMINERS = {
  conv,
  dense,
  max_pool: pool(false),
  average_pool: pool(true),
  global_average_pool: globalAveragePool,
  batch_norm: batchNorm,
  relu,
  dropout: same,
  flatten: same,
  add,
};

/** @param {string} kind @returns {boolean} whether the arithmetic of such a layer is known here */
export const isKnown = (kind) => kind in EXAMINERS;

/**
 * @param {LayerRecord} layer in the exact form, with its weights
 * @param {Tensor[]} inputs what the layers that it reads gave
 * @param {number} index which of its numbers, in the order in which they lie
 * @returns {Finding}
 */
export const examine = (layer, inputs, index) => EXAMINERS[layer.kind](layer, inputs, index);

/**
 * One number on its way through layers that change each number by itself: batch normalisation, ReLU, dropout.
 * @param {LayerRecord[]} layers one after the other
 * @param {number} value
 * @param {number} channel
 * @returns {{layer: LayerRecord, finding: Finding}[]}
 */
export const follow = (layers, value, channel) =>
  layers.map((layer) => {
    const { scale, shift } = layer.weights;
    const one = scale ? { scale: scale.subarray(channel, channel + 1), shift: shift.subarray(channel, channel + 1) } : {};
    const finding = examine({ ...layer, weights: one }, [{ shape: [1], values: Float32Array.of(value) }], 0);
    value = finding.value;
    return { layer, finding };
  });
