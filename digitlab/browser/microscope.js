// How one number of a layer came about: what it was computed from, step by step.
//
// `examine` takes a layer's record, its inputs' values and which of its numbers is meant, and returns a finding: every
// part of the arithmetic, ending with `value`. It computes that one number alone, so a pointer that moves over a feature
// map is followed at once. Values lie as in layers.js: [height, width, channels], the channel running fastest.

import { ACTIVATIONS } from "./activations.js";
import { ELEMENTWISE } from "./elementwise.js";
import { MORE } from "./more_layers.js";
import { paddingOf, placeOf, softmax } from "./places.js";

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */
/** @typedef {import("./weights.js").Conv} Conv */
/** @typedef {import("./weights.js").Dense} Dense */
/** @typedef {import("./weights.js").Pool} Pool */
/** @typedef {import("./weights.js").BatchNorm} BatchNorm */
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
 * @property {import("./elementwise.js").Phrase} [text] what happens
 * @property {[label: import("./elementwise.js").Phrase, value: number][]} [steps] from number to number; the last one is the layer's
 */

/**
 * A finding that has these parts.
 * @template {keyof Finding} Part
 * @typedef {Finding & Required<Pick<Finding, Part>>} With
 */

/** @typedef {With<"patch" | "kernel" | "products" | "sum" | "bias" | "before" | "activation">} Weighed */
/** @typedef {Weighed & With<"window" | "subtotals">} ConvFinding */
/** @typedef {Weighed} DenseFinding */
/** @typedef {With<"window" | "patch" | "winner">} MaxFinding */
/** @typedef {With<"window" | "patch" | "sum" | "count">} AverageFinding */
/** @typedef {With<"terms">} TermsFinding */
/** @typedef {With<"terms" | "scale" | "shift">} ScaledFinding */

/** @typedef {{layer: LayerRecord, finding: Finding}} Followed */
/** @typedef {{logits: Float32Array, exponentials: Float64Array, sum: number, shares: Float32Array}} Softmax */

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

/** @param {number} value @param {string} activation */
const activated = (value, activation) => ACTIVATIONS[activation].of(value);

/**
 * The window of a layer that slides one, for the number at row y and column x.
 * @param {Conv | Pool} layer
 * @param {number[]} shape of the input
 * @param {number} y
 * @param {number} x
 * @returns {Window}
 */
export const windowOf = (layer, shape, y, x) => {
  const { padding } = layer;
  const [side, step] = layer.kind === "conv" ? [layer.kernel, layer.stride] : [layer.size, layer.size];
  return {
    top: y * step - paddingOf(shape[0], side, step, padding).before,
    left: x * step - paddingOf(shape[1], side, step, padding).before,
    height: side,
    width: side,
  };
};

/** @param {Conv} layer @param {Tensor[]} inputs @param {number} index @returns {ConvFinding} */
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
  return {
    window,
    patch,
    kernel,
    products,
    subtotals,
    sum,
    bias,
    before,
    activation,
    value: activated(before, activation),
  };
};

/** @param {Dense} layer @param {Tensor} input @returns {Float32Array} all of its numbers before the activation */
const logitsOf = (layer, input) => {
  const { kernel, bias } = layer.weights;
  const sums = Float64Array.from(bias);
  for (let i = 0, k = 0; i < input.values.length; i++) {
    for (let unit = 0; unit < sums.length; unit++, k++) sums[unit] += input.values[i] * kernel[k];
  }
  return Float32Array.from(sums);
};

/** @param {Dense} layer @param {Tensor[]} inputs @param {number} index @returns {DenseFinding} */
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

/**
 * Pooling looks at what of its window lies inside the picture.
 * @param {boolean} average
 * @returns {(layer: Pool, inputs: Tensor[], index: number) => MaxFinding | AverageFinding}
 */
const pool =
  (average) =>
  (layer, [input], index) => {
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

/** @param {LayerRecord} _layer @param {Tensor[]} inputs @param {number} index @returns {AverageFinding} */
const globalAveragePool = (_layer, [input], index) => {
  const [height, width, channels] = input.shape;
  const patch = new Float32Array(height * width);
  let sum = 0;
  for (let k = 0; k < patch.length; k++) {
    patch[k] = input.values[k * channels + index];
    sum += patch[k];
  }
  return { window: { top: 0, left: 0, height, width }, patch, sum, count: patch.length, value: sum / patch.length };
};

/** @param {BatchNorm} layer @param {Tensor[]} inputs @param {number} index @returns {ScaledFinding} */
const batchNorm = (layer, [input], index) => {
  const { scale, shift } = layer.weights;
  const channel = index % scale.length;
  const term = input.values[index];
  const value = term * scale[channel] + shift[channel];
  return { terms: [term], scale: scale[channel], shift: shift[channel], value };
};

/** @param {LayerRecord} _layer @param {Tensor[]} inputs @param {number} index @returns {TermsFinding} */
const relu = (_layer, [input], index) => ({ terms: [input.values[index]], value: Math.max(0, input.values[index]) });

/** @param {LayerRecord} _layer @param {Tensor[]} inputs @param {number} index @returns {TermsFinding} */
const add = (_layer, inputs, index) => {
  const terms = inputs.map(({ values }) => values[index]);
  return { terms, value: terms.reduce((sum, term) => sum + term, 0) };
};

/**
 * Flatten, dropout and the like pass their numbers on.
 * @param {LayerRecord} _layer
 * @param {Tensor[]} inputs
 * @param {number} index
 * @returns {TermsFinding}
 */
const same = (_layer, [input], index) => ({ from: index, terms: [input.values[index]], value: input.values[index] });

/**
 * Each examiner takes the records of its own kind; written as a method, since TypeScript lets a method ask for more.
 * @typedef {{examine(layer: LayerRecord, inputs: Tensor[], index: number): Finding}["examine"]} Examiner
 */

/** @type {Record<string, Examiner>} by kind, of layers that change each number by itself */
const ELEMENTS = Object.fromEntries(
  Object.entries(ELEMENTWISE).map(([kind, { of, says }]) => [
    kind,
    (layer, [input], index) => {
      const channel = index % layer.shape[layer.shape.length - 1];
      const term = input.values[index];
      const value = of(layer)(term, channel);
      const steps = /** @type {[import("./elementwise.js").Phrase, number][]} */ ([
        [["before_layer"], term],
        [says(layer, term, channel), value],
      ]);
      return { value, terms: [term], text: says(layer, term, channel), steps };
    },
  ]),
);

/** @type {Record<string, Examiner>} by kind */
const EXAMINERS = {
  conv,
  dense,
  max_pool: pool(false),
  average_pool: pool(true),
  global_average_pool: globalAveragePool,
  batch_norm: batchNorm,
  relu,
  dropout: same,
  rests: same,
  flatten: same,
  reshape: same,
  add,
  ...ELEMENTS,
  ...Object.fromEntries(Object.entries(MORE).map(([kind, { examine }]) => [kind, examine])),
};

/**
 * Which map of which input stands behind a channel of a layer's maps.
 * @param {string} kind
 * @param {Tensor[]} inputs
 * @param {number} channel
 * @param {number} out how many channels the layer has
 * @returns {import("./more_layers.js").MapRead}
 */
export const mapBehind = (kind, inputs, channel, out) =>
  MORE[kind]?.reads?.(inputs, channel, out) ?? { input: 0, map: Math.min(channel, (inputs[0].shape[2] ?? 1) - 1) };

/** @param {string} kind @returns {boolean} whether the arithmetic of such a layer is known here */
export const isKnown = (kind) => kind in EXAMINERS;

/**
 * @param {LayerRecord} layer in the exact form, with its weights
 * @param {Tensor[]} inputs what the layers that it reads gave
 * @param {number} index which of its numbers, in the order in which they lie
 * @returns {Finding}
 */
export const examine = (layer, inputs, index) => EXAMINERS[layer.kind](layer, inputs, index);

/** @param {LayerRecord} layer @param {number} channel @returns {LayerRecord} the layer, had it this channel alone */
const ofChannel = (layer, channel) => {
  if (layer.kind !== "batch_norm" && layer.kind !== "normalize") return { ...layer, shape: [1] };
  const { scale, shift } = layer.weights;
  const weights = { scale: scale.subarray(channel, channel + 1), shift: shift.subarray(channel, channel + 1) };
  return { ...layer, shape: [1], weights };
};

/**
 * One number on its way through layers that change each number by itself, as batch normalisation and ReLU do.
 * @param {LayerRecord[]} layers one after the other
 * @param {number} value
 * @param {number} channel
 * @returns {Followed[]}
 */
export const follow = (layers, value, channel) =>
  layers.map((layer) => {
    const finding = examine(ofChannel(layer, channel), [{ shape: [1], values: Float32Array.of(value) }], 0);
    value = finding.value;
    return { layer, finding };
  });
