// Layers that imported networks bring: one entry a kind. `make` computes a layer, `examine` takes one number apart, and
// `reads` says which map of which input stands behind a channel, where that is not the map of the same number.
//
// Conventions as in layers.js; what `examine` finds is written out in the order of its `steps`.

import { ACTIVATIONS } from "./activations.js";
import { paddingOf, placeOf, sizeOf, softmax } from "./places.js";

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */
/** @typedef {import("./weights.js").DepthwiseConv} DepthwiseConv */
/** @typedef {import("./weights.js").SeparableConv} SeparableConv */
/** @typedef {import("./weights.js").LayerNorm} LayerNorm */
/** @typedef {import("./weights.js").ZeroPad} ZeroPad */
/** @typedef {import("./weights.js").UpSample} UpSample */
/** @typedef {import("./layers.js").Tensor} Tensor */
/** @typedef {import("./layers.js").Maker} Maker */
/** @typedef {import("./microscope.js").Finding} Finding */
/** @typedef {import("./elementwise.js").Phrase} Phrase */
/** @typedef {import("./microscope.js").Examiner} Examiner */

/** @typedef {{make: Maker, examine: Examiner, reads?: (inputs: Tensor[], channel: number, out: number) => MapRead}} More */
/** @typedef {{input: number, map: number}} MapRead which input, and which of its maps */

// --- depthwise and separable convolution ---------------------------------------------------------------

/**
 * One map under one filter at one place, number by number.
 * @param {DepthwiseConv | SeparableConv} layer
 * @param {Float32Array} kernel [side, side, maps, filters a map]
 * @param {Tensor} input
 * @param {number} y
 * @param {number} x
 * @param {number} filter map · filters a map + which of them
 * @param {(k: number, value: number, weight: number) => void} take
 */
const underWindow = (layer, kernel, input, y, x, filter, take) => {
  const [height, width, maps] = input.shape;
  const { kernel: side, stride, padding } = layer;
  const out = kernel.length / (side * side);
  const map = Math.floor((filter * maps) / out);
  const top = y * stride - paddingOf(height, side, stride, padding).before;
  const left = x * stride - paddingOf(width, side, stride, padding).before;
  for (let row = 0, k = 0; row < side; row++) {
    for (let column = 0; column < side; column++, k++) {
      const [inY, inX] = [top + row, left + column];
      const inside = inY >= 0 && inX >= 0 && inY < height && inX < width;
      take(k, inside ? input.values[(inY * width + inX) * maps + map] : 0, kernel[k * out + filter]);
    }
  }
};

/** @param {DepthwiseConv | SeparableConv} layer @param {Float32Array} kernel @param {Tensor} input */
const filtered = (layer, kernel, input) => {
  const out = kernel.length / layer.kernel ** 2;
  /** @param {number} y @param {number} x @param {number} filter */
  return (y, x, filter) => {
    let sum = 0;
    underWindow(layer, kernel, input, y, x, filter % out, (_k, value, weight) => {
      sum += value * weight;
    });
    return sum;
  };
};

/** @type {{make(layer: DepthwiseConv, inputs: Tensor[]): import("./layers.js").Operation}["make"]} */
const makeDepthwise = (layer, [input]) => {
  const [height, width, out] = layer.shape;
  const { kernel, bias } = layer.weights;
  const values = new Float32Array(sizeOf(layer.shape));
  const sumAt = filtered(layer, kernel, input);
  const { of: activate } = ACTIVATIONS[layer.activation ?? "linear"];
  const run = () => {
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < out; c++, at++) values[at] = activate(sumAt(y, x, c) + bias[c]);
  };
  return { shape: layer.shape, values, run };
};

/** @type {{examine(layer: DepthwiseConv, inputs: Tensor[], index: number): Finding}["examine"]} */
const examineDepthwise = (layer, [input], index) => {
  const [y, x, out] = placeOf(layer.shape, index);
  const { kernel: side, stride, padding, activation = "linear" } = layer;
  const patch = new Float32Array(side * side);
  const kernel = new Float32Array(side * side);
  underWindow(layer, layer.weights.kernel, input, y, x, out, (k, value, weight) => {
    patch[k] = value;
    kernel[k] = weight;
  });
  const products = Float64Array.from(patch, (value, k) => value * kernel[k]);
  const sum = products.reduce((total, value) => total + value, 0);
  const bias = layer.weights.bias[out];
  const before = sum + bias;
  const window = {
    top: y * stride - paddingOf(input.shape[0], side, stride, padding).before,
    left: x * stride - paddingOf(input.shape[1], side, stride, padding).before,
    height: side,
    width: side,
  };
  const value = ACTIVATIONS[activation].of(before);
  return { window, patch, kernel, products, sum, bias, before, activation, value };
};

/** @type {{make(layer: SeparableConv, inputs: Tensor[]): import("./layers.js").Operation}["make"]} */
const makeSeparable = (layer, [input]) => {
  const [height, width, out] = layer.shape;
  const { depth, kernel, bias } = layer.weights;
  const middle = kernel.length / out;
  const values = new Float32Array(sizeOf(layer.shape));
  const sums = new Float64Array(out);
  const sumAt = filtered(layer, depth, input);
  const { of: activate } = ACTIVATIONS[layer.activation ?? "linear"];
  const run = () => {
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        sums.set(bias);
        for (let j = 0; j < middle; j++) {
          const value = sumAt(y, x, j);
          if (value !== 0) for (let c = 0; c < out; c++) sums[c] += value * kernel[j * out + c];
        }
        for (let c = 0; c < out; c++, at++) values[at] = activate(sums[c]);
      }
    }
  };
  return { shape: layer.shape, values, run };
};

/** @type {{examine(layer: SeparableConv, inputs: Tensor[], index: number): Finding}["examine"]} */
const examineSeparable = (layer, [input], index) => {
  const [y, x, out] = placeOf(layer.shape, index);
  const { kernel: point, bias: biases, depth } = layer.weights;
  const { kernel: side, stride, padding, activation = "linear" } = layer;
  const filters = layer.shape[2];
  const sumAt = filtered(layer, depth, input);
  const patch = Float32Array.from({ length: point.length / filters }, (_, j) => sumAt(y, x, j));
  const kernel = patch.map((_, j) => point[j * filters + out]);
  const products = Float64Array.from(patch, (value, j) => value * kernel[j]);
  const sum = products.reduce((total, value) => total + value, 0);
  const before = sum + biases[out];
  const window = {
    top: y * stride - paddingOf(input.shape[0], side, stride, padding).before,
    left: x * stride - paddingOf(input.shape[1], side, stride, padding).before,
    height: side,
    width: side,
  };
  const value = ACTIVATIONS[activation].of(before);
  return { window, patch, kernel, products, sum, bias: biases[out], before, activation, value };
};

// --- larger, smaller, side by side ---------------------------------------------------------------------

/**
 * A layer whose numbers are each one of its inputs', or 0.
 * @param {(layer: any, shapes: number[][]) => (index: number) => [input: number, index: number] | null} source
 * @param {(layer: any, from: number[] | null, name: string) => Phrase} says
 * @returns {Pick<More, "make" | "examine">}
 */
const moved = (source, says) => ({
  make: (layer, inputs) => {
    const values = new Float32Array(sizeOf(layer.shape));
    const from = source(
      layer,
      inputs.map(({ shape }) => shape),
    );
    const plan = Array.from(values, (_, index) => from(index));
    const run = () => {
      for (let k = 0; k < values.length; k++) {
        const found = plan[k];
        values[k] = found ? inputs[found[0]].values[found[1]] : 0;
      }
    };
    return { shape: layer.shape, values, run };
  },
  examine: (layer, inputs, index) => {
    const shapes = inputs.map(({ shape }) => shape);
    const found = source(layer, shapes)(index);
    const value = found ? inputs[found[0]].values[found[1]] : 0;
    const from = found && placeOf(shapes[found[0]], found[1]);
    const window = from && from.length === 3 ? { top: from[0], left: from[1], height: 1, width: 1 } : undefined;
    const text = says(layer, from, found ? layer.inputs[found[0]] : "");
    return { value, text, steps: [[["output"], value]], ...(window && { window }) };
  },
});

/** @param {number[]} place @param {string} layer that it lies in @returns {Phrase} */
const fromPlace = (place, layer) =>
  place.length === 3
    ? ["from_map", { map: place[2], row: place[0], column: place[1], layer }]
    : ["from_number", { number: place[0], layer }];

const zeroPad = moved(
  (/** @type {ZeroPad} */ { shape, rows, columns }, [[height, width, channels]]) =>
    (index) => {
      const [y, x, c] = placeOf(shape, index);
      const [row, column] = [y - rows[0], x - columns[0]];
      const inside = row >= 0 && column >= 0 && row < height && column < width;
      return inside ? [0, (row * width + column) * channels + c] : null;
    },
  (_layer, from, name) => (from ? fromPlace(from, name) : ["in_border"]),
);

const upSample = moved(
  (/** @type {UpSample} */ { shape, size }, [[, width, channels]]) =>
    (index) => {
      const [y, x, c] = placeOf(shape, index);
      return [0, (Math.floor(y / size) * width + Math.floor(x / size)) * channels + c];
    },
  (/** @type {UpSample} */ { size }, from, name) =>
    from
      ? ["repeated", { count: size * size, map: from[2], row: from[0], column: from[1], layer: name }]
      : ["in_border"],
);

/** Which of the inputs a channel comes from. @param {number[][]} shapes @param {number} channel @returns {MapRead} */
const inputOf = (shapes, channel) => {
  let input = 0;
  while (channel >= shapes[input][shapes[input].length - 1]) {
    channel -= shapes[input][shapes[input].length - 1];
    input++;
  }
  return { input, map: channel };
};

const concatenate = moved(
  ({ shape }, shapes) =>
    (index) => {
      const last = shape[shape.length - 1];
      const { input, map } = inputOf(shapes, index % last);
      const count = shapes[input][shapes[input].length - 1];
      return [input, Math.floor(index / last) * count + map];
    },
  (_layer, from, name) => fromPlace(from ?? [], name),
);

/** @type {More} */
const globalMaxPool = {
  make: (layer, [input]) => {
    const channels = layer.shape[0];
    const values = new Float32Array(channels);
    const run = () => {
      values.fill(-Infinity);
      for (let k = 0; k < input.values.length; k++) {
        if (input.values[k] > values[k % channels]) values[k % channels] = input.values[k];
      }
    };
    return { shape: layer.shape, values, run };
  },
  examine: (_layer, [input], index) => {
    const [, width, channels] = input.shape;
    let at = index;
    for (let k = index; k < input.values.length; k += channels) if (input.values[k] > input.values[at]) at = k;
    const place = Math.floor(at / channels);
    const window = { top: Math.floor(place / width), left: place % width, height: 1, width: 1 };
    const value = input.values[at];
    /** @type {Phrase} */
    const text = ["largest_of_map", { map: index, row: window.top, column: window.left }];
    return { value, window, text, steps: [[["maximum"], value]] };
  },
};

// --- numbers looked at together ------------------------------------------------------------------------

/** @param {Float32Array} values @param {number} start @param {number} count @param {number} epsilon */
const spreadOf = (values, start, count, epsilon) => {
  let [sum, squares] = [0, 0];
  for (let k = start; k < start + count; k++) sum += values[k];
  const mean = sum / count;
  for (let k = start; k < start + count; k++) squares += (values[k] - mean) ** 2;
  return { mean, spread: Math.sqrt(squares / count + epsilon) };
};

/** @type {{make(layer: LayerNorm, inputs: Tensor[]): import("./layers.js").Operation}["make"]} */
const makeLayerNorm = (layer, [input]) => {
  const { scale, shift } = layer.weights;
  const count = scale.length;
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    for (let start = 0; start < values.length; start += count) {
      const { mean, spread } = spreadOf(input.values, start, count, layer.epsilon);
      for (let c = 0; c < count; c++)
        values[start + c] = ((input.values[start + c] - mean) / spread) * scale[c] + shift[c];
    }
  };
  return { shape: layer.shape, values, run };
};

/** @type {{examine(layer: LayerNorm, inputs: Tensor[], index: number): Finding}["examine"]} */
const examineLayerNorm = (layer, [input], index) => {
  const { scale, shift } = layer.weights;
  const channel = index % scale.length;
  const { mean, spread } = spreadOf(input.values, index - channel, scale.length, layer.epsilon);
  const [term, times, plus] = [input.values[index], scale[channel], shift[channel]];
  const value = ((term - mean) / spread) * times + plus;
  return {
    value,
    text: ["spread_of", { count: scale.length }],
    steps: [
      [["before_layer"], term],
      [["less_mean"], mean],
      [["by_spread"], spread],
      [["times_scale"], times],
      [["plus_shift"], plus],
      [["output"], value],
    ],
  };
};

/** @type {More} */
const softmaxLayer = {
  make: (layer, [input]) => {
    const values = new Float32Array(sizeOf(layer.shape));
    const run = () => {
      values.set(input.values);
      softmax(values, layer.shape[layer.shape.length - 1]);
    };
    return { shape: layer.shape, values, run };
  },
  examine: (layer, [input], index) => {
    const count = layer.shape[layer.shape.length - 1];
    const start = index - (index % count);
    const shares = input.values.slice(start, start + count);
    const top = Math.max(...shares);
    const sum = shares.reduce((total, value) => total + Math.exp(value - top), 0);
    softmax(shares);
    const value = shares[index - start];
    return {
      value,
      text: ["softmax_of", { count }],
      steps: [
        [["before_layer"], input.values[index]],
        [["less_maximum"], input.values[index] - top],
        [["exponential_of"], Math.exp(input.values[index] - top)],
        [["by_sum"], sum],
        [["probability"], value],
      ],
    };
  },
};

/** @type {Record<string, More>} by kind */
export const MORE = {
  depthwise_conv: {
    make: /** @type {Maker} */ (makeDepthwise),
    examine: /** @type {Examiner} */ (examineDepthwise),
    reads: ([{ shape }], channel, out) => ({ input: 0, map: Math.floor((channel * shape[2]) / out) }),
  },
  separable_conv: {
    make: /** @type {Maker} */ (makeSeparable),
    examine: /** @type {Examiner} */ (examineSeparable),
  },
  zero_pad: zeroPad,
  up_sample: upSample,
  concatenate: {
    ...concatenate,
    reads: (inputs, channel) =>
      inputOf(
        inputs.map(({ shape }) => shape),
        channel,
      ),
  },
  global_max_pool: globalMaxPool,
  layer_norm: {
    make: /** @type {Maker} */ (makeLayerNorm),
    examine: /** @type {Examiner} */ (examineLayerNorm),
  },
  softmax: softmaxLayer,
};
