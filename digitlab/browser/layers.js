// The arithmetic of each kind of layer, over flat Float32Arrays.
//
// Values lie as Keras has them: [height, width, channels], the channel running fastest. A maker takes a layer's record
// and its inputs' values, keeps its buffers and returns `run`, which reads the inputs and fills `values`. The buffers stay
// the same for every picture, so drawing makes no garbage. Sums are in double precision, stored as float32.
//
// Weights that are read over and over lie ready in double precision: to convert one costs as much as to multiply it.

import { ACTIVATIONS } from "./activations.js";
import { ELEMENTWISE } from "./elementwise.js";
import { MORE } from "./more_layers.js";
import { paddingOf, sizeOf, softmax } from "./places.js";

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */
/** @typedef {import("./weights.js").Conv} Conv */
/** @typedef {import("./weights.js").Dense} Dense */
/** @typedef {import("./weights.js").Pool} Pool */
/** @typedef {import("./weights.js").BatchNorm} BatchNorm */
/** @typedef {{shape: number[], values: Float32Array}} Tensor */
/** @typedef {Tensor & {run: () => void}} Operation */

/**
 * Each maker takes the records of its own kind; written as a method, since TypeScript lets a method ask for more.
 * @typedef {{make(layer: LayerRecord, inputs: Tensor[]): Operation}["make"]} Maker
 */

// --- activations ---------------------------------------------------------------------------------------

/** @param {Float32Array} values */
const relu = (values) => {
  for (let k = 0; k < values.length; k++) if (values[k] < 0) values[k] = 0;
};

/**
 * @param {LayerRecord} layer
 * @returns {(values: Float32Array) => void}
 */
const activationOf = ({ name, shape, activation = "linear" }) => {
  if (activation === "linear") return () => {};
  if (activation === "relu") return relu;
  if (activation === "softmax") return (values) => softmax(values, shape[shape.length - 1]);
  const known = ACTIVATIONS[activation];
  if (!known) throw new Error(`${name} has the activation ${activation}`);
  return (values) => {
    for (let k = 0; k < values.length; k++) values[k] = known.of(values[k]);
  };
};

// --- convolution ---------------------------------------------------------------------------------------

const BLOCK = 8; // output channels at a time: as many sums stay in registers

/**
 * The kernel in blocks of output channels, so that the innermost loop reads neighbours.
 * @param {Float32Array} kernel [taps, channels out]
 * @param {number} out
 * @returns {Float64Array} [⌈out / BLOCK⌉, taps, BLOCK], the last block filled up with zeros
 */
const inBlocks = (kernel, out) => {
  const taps = kernel.length / out;
  const packed = new Float64Array(Math.ceil(out / BLOCK) * BLOCK * taps);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < out; c++) {
      packed[(Math.floor(c / BLOCK) * taps + tap) * BLOCK + (c % BLOCK)] = kernel[tap * out + c];
    }
  }
  return packed;
};

/**
 * What the windows along one row of the output read, without the zeros.
 * @typedef {Object} Row
 * @property {Float64Array} values [positions, taps]
 * @property {Int32Array} places [positions, taps]: where the weights of each begin in a block of the kernel
 * @property {Int32Array} counts how many there are at each position
 */

/**
 * One row of the output: at each position the sums of what its window reads times the weights. All positions use a
 * block of the kernel before the next block is fetched: the processor's nearest memory does not hold two.
 * @param {Row} row
 * @param {number} taps
 * @param {Float64Array} kernel in blocks
 * @param {Float64Array} bias in blocks
 * @param {Float64Array} sums [positions, channels in whole blocks], overwritten
 */
const addProducts = ({ values, places, counts }, taps, kernel, bias, sums) => {
  for (let c = 0; c < bias.length; c += BLOCK) {
    const block = c * taps;
    for (let x = 0; x < counts.length; x++) {
      let s0 = bias[c];
      let s1 = bias[c + 1];
      let s2 = bias[c + 2];
      let s3 = bias[c + 3];
      let s4 = bias[c + 4];
      let s5 = bias[c + 5];
      let s6 = bias[c + 6];
      let s7 = bias[c + 7];
      const end = x * taps + counts[x];
      for (let j = x * taps; j < end; j++) {
        const value = values[j];
        const k = block + places[j];
        s0 += value * kernel[k];
        s1 += value * kernel[k + 1];
        s2 += value * kernel[k + 2];
        s3 += value * kernel[k + 3];
        s4 += value * kernel[k + 4];
        s5 += value * kernel[k + 5];
        s6 += value * kernel[k + 6];
        s7 += value * kernel[k + 7];
      }
      const at = x * bias.length + c;
      sums[at] = s0;
      sums[at + 1] = s1;
      sums[at + 2] = s2;
      sums[at + 3] = s3;
      sums[at + 4] = s4;
      sums[at + 5] = s5;
      sums[at + 6] = s6;
      sums[at + 7] = s7;
    }
  }
};

/**
 * Two thirds of what a convolution reads is zero, after ReLU and in the picture. What is not zero is gathered once a row
 * of the output and then multiplied with the weights of all output channels (benchmarks/browser_network.py).
 * @param {Conv} layer
 * @param {Tensor[]} inputs
 * @returns {Operation}
 */
const conv = (layer, [input]) => {
  const [inHeight, inWidth, channels] = input.shape;
  const [height, width, out] = layer.shape;
  const { kernel: size, stride, padding } = layer;
  const { before: above } = paddingOf(inHeight, size, stride, padding);
  const { before: leftOf } = paddingOf(inWidth, size, stride, padding);
  const taps = size * size * channels;
  const kernel = inBlocks(layer.weights.kernel, out);
  const bias = new Float64Array(kernel.length / taps);
  bias.set(layer.weights.bias);
  const sums = new Float64Array(width * bias.length);
  const read = {
    values: new Float64Array(width * taps),
    places: new Int32Array(width * taps),
    counts: new Int32Array(width),
  };
  const values = new Float32Array(height * width * out);
  const activate = activationOf(layer);

  /**
   * @param {Row} row
   * @param {number} x which position of the row
   * @param {number} top of its window; below 0 where it begins in the padding
   * @param {number} left
   */
  const gather = ({ values: kept, places, counts }, x, top, left) => {
    const source = input.values;
    const firstRow = Math.max(0, -top);
    const lastRow = Math.min(size, inHeight - top);
    const firstColumn = Math.max(0, -left);
    const lastColumn = Math.min(size, inWidth - left);
    let at = x * taps;
    for (let row = firstRow; row < lastRow; row++) {
      const from = ((top + row) * inWidth + left + firstColumn) * channels;
      const end = from + (lastColumn - firstColumn) * channels;
      let place = (row * size + firstColumn) * channels * BLOCK;
      for (let i = from; i < end; i++, place += BLOCK) {
        const value = source[i];
        if (value === 0) continue;
        kept[at] = value;
        places[at] = place;
        at++;
      }
    }
    counts[x] = at - x * taps;
  };

  const run = () => {
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++) gather(read, x, y * stride - above, x * stride - leftOf);
      addProducts(read, taps, kernel, bias, sums);
      for (let start = 0; start < sums.length; start += bias.length) {
        for (let c = 0; c < out; c++, at++) values[at] = sums[start + c];
      }
    }
    activate(values);
  };
  return { shape: layer.shape, values, run };
};

/** @param {Dense} layer @param {Tensor[]} inputs @returns {Operation} */
const dense = (layer, [input]) => {
  const { kernel, bias } = layer.weights;
  const units = bias.length;
  const sums = new Float64Array(units);
  const values = new Float32Array(units);
  const activate = activationOf(layer);
  const run = () => {
    sums.set(bias);
    for (let i = 0; i < input.values.length; i++) {
      const value = input.values[i];
      if (value === 0) continue; // after ReLU most are
      for (let unit = 0, k = i * units; unit < units; unit++, k++) sums[unit] += value * kernel[k];
    }
    values.set(sums);
    activate(values);
  };
  return { shape: layer.shape, values, run };
};

// --- pooling -------------------------------------------------------------------------------------------

/**
 * Pooling with windows side by side; what lies outside the picture does not count.
 * @param {number} begin what a number of the output is before the first input has been looked at
 * @param {(values: Float32Array, at: number, source: Float32Array, from: number, channels: number, share: number) => void}
 *   take one position of the input into one of the output; share: of one input in its window
 * @returns {(layer: Pool, inputs: Tensor[]) => Operation}
 */
const pool =
  (begin, take) =>
  (layer, [input]) => {
    const [inHeight, inWidth, channels] = input.shape;
    const [height, width] = layer.shape;
    const { size, padding } = layer;
    const { before: above } = paddingOf(inHeight, size, size, padding);
    const { before: leftOf } = paddingOf(inWidth, size, size, padding);
    const values = new Float32Array(sizeOf(layer.shape));
    const run = () => {
      values.fill(begin);
      for (let y = 0; y < height; y++) {
        const top = Math.max(0, y * size - above);
        const bottom = Math.min(inHeight, (y + 1) * size - above);
        for (let x = 0; x < width; x++) {
          const left = Math.max(0, x * size - leftOf);
          const right = Math.min(inWidth, (x + 1) * size - leftOf);
          const at = (y * width + x) * channels;
          const share = 1 / ((bottom - top) * (right - left));
          for (let row = top; row < bottom; row++) {
            for (let column = left; column < right; column++) {
              take(values, at, input.values, (row * inWidth + column) * channels, channels, share);
            }
          }
        }
      }
    };
    return { shape: layer.shape, values, run };
  };

const maxPool = pool(-Infinity, (values, at, source, from, channels) => {
  for (let c = 0; c < channels; c++) {
    const value = source[from + c];
    if (value > values[at + c]) values[at + c] = value;
  }
});

const averagePool = pool(0, (values, at, source, from, channels, share) => {
  for (let c = 0; c < channels; c++) values[at + c] += source[from + c] * share;
});

/** @type {Maker} */
const globalAveragePool = (layer, [input]) => {
  const channels = layer.shape[0];
  const sums = new Float64Array(channels);
  const values = new Float32Array(channels);
  const run = () => {
    const source = input.values;
    sums.fill(0);
    for (let at = 0; at < source.length; at += channels) {
      for (let c = 0; c < channels; c++) sums[c] += source[at + c];
    }
    for (let c = 0; c < channels; c++) values[c] = (sums[c] * channels) / source.length;
  };
  return { shape: layer.shape, values, run };
};

// --- the rest ------------------------------------------------------------------------------------------

/**
 * Batch normalisation of a trained network: each channel times a number, plus a number.
 * @param {BatchNorm} layer
 * @param {Tensor[]} inputs
 * @returns {Operation}
 */
const scaleAndShift = (layer, [input]) => {
  const scale = Float64Array.from(layer.weights.scale);
  const shift = Float64Array.from(layer.weights.shift);
  const channels = scale.length;
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    const source = input.values;
    for (let at = 0; at < values.length; at += channels) {
      for (let c = 0; c < channels; c++) values[at + c] = source[at + c] * scale[c] + shift[c];
    }
  };
  return { shape: layer.shape, values, run };
};

/** @type {Maker} */
const add = (layer, [first, ...others]) => {
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    values.set(first.values);
    for (const { values: more } of others) for (let k = 0; k < values.length; k++) values[k] += more[k];
  };
  return { shape: layer.shape, values, run };
};

/** @type {Maker} */
const reluLayer = (layer, [input]) => {
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    values.set(input.values);
    relu(values);
  };
  return { shape: layer.shape, values, run };
};

/**
 * Flatten, dropout and the like leave the numbers as they lie: their output is their input.
 * @type {Maker}
 */
const same = (layer, [input]) => ({ shape: layer.shape, values: input.values, run: () => {} });

/** @param {import("./elementwise.js").Elementwise} entry @returns {Maker} */
const elementwise =
  (entry) =>
  (layer, [input]) => {
    const values = new Float32Array(sizeOf(layer.shape));
    const channels = layer.shape[layer.shape.length - 1];
    const of = entry.of(layer);
    const run = () => {
      for (let k = 0; k < values.length; k++) values[k] = of(input.values[k], k % channels);
    };
    return { shape: layer.shape, values, run };
  };

/**
 * @template Entry, Made
 * @param {Record<string, Entry>} entries
 * @param {(entry: Entry) => Made} make
 * @returns {Record<string, Made>}
 */
const each = (entries, make) => Object.fromEntries(Object.entries(entries).map(([kind, entry]) => [kind, make(entry)]));

/** @type {Record<string, Maker>} */
export const MAKERS = {
  conv,
  dense,
  max_pool: maxPool,
  average_pool: averagePool,
  global_average_pool: globalAveragePool,
  batch_norm: scaleAndShift,
  relu: reluLayer,
  dropout: same,
  rests: same,
  flatten: same,
  reshape: same,
  add,
  ...each(ELEMENTWISE, elementwise),
  ...each(MORE, ({ make }) => make),
};
