// The arithmetic of each kind of layer, over flat Float32Arrays.
//
// Values lie as Keras has them: [height, width, channels], the channel running fastest. A maker takes a layer's record
// and its inputs' values, keeps its buffers and returns `run`, which reads the inputs and fills `values`. The buffers stay
// the same for every picture, so drawing makes no garbage. Sums are in double precision, stored as float32.

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */
/** @typedef {{shape: number[], values: Float32Array}} Tensor */
/** @typedef {Tensor & {run: () => void}} Operation */

/**
 * Where a sliding window starts and how much of the picture's border it needs.
 * @param {number} size the input's side
 * @param {number} window
 * @param {number} stride
 * @param {"valid" | "same"} padding
 * @returns {{before: number, total: number}} pixels of padding before the first and in all
 */
export const paddingOf = (size, window, stride, padding) => {
  const total = padding === "same" ? Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0) : 0;
  return { before: Math.floor(total / 2), total };
};

const sizeOf = (shape) => shape.reduce((product, side) => product * side, 1);

// --- activations ---------------------------------------------------------------------------------------

const relu = (values) => {
  for (let k = 0; k < values.length; k++) if (values[k] < 0) values[k] = 0;
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

/** @returns {(values: Float32Array) => void} */
const activationOf = (layer) => {
  const count = layer.shape[layer.shape.length - 1];
  const known = { linear: () => {}, relu, softmax: (values) => softmax(values, count) };
  const activation = known[layer.activation ?? "linear"];
  if (!activation) throw new Error(`${layer.name} has the activation ${layer.activation}`);
  return activation;
};

// --- convolution ---------------------------------------------------------------------------------------

const BLOCK = 4; // output channels at a time

/**
 * The kernel in blocks of four output channels, so that the innermost loop reads it front to back.
 * @param {Float32Array} kernel [taps, channels out]
 * @param {number} out
 * @returns {Float32Array} [⌈out / 4⌉, taps, 4], the last block filled up with noughts
 */
const inBlocks = (kernel, out) => {
  const taps = kernel.length / out;
  const packed = new Float32Array(Math.ceil(out / BLOCK) * BLOCK * taps);
  for (let tap = 0; tap < taps; tap++) {
    for (let c = 0; c < out; c++) {
      packed[(Math.floor(c / BLOCK) * taps + tap) * BLOCK + (c % BLOCK)] = kernel[tap * out + c];
    }
  }
  return packed;
};

const filled = (bias) => {
  const padded = new Float32Array(Math.ceil(bias.length / BLOCK) * BLOCK);
  padded.set(bias);
  return padded;
};

/**
 * Four output channels at two neighbouring positions of one row share each number that is read: eight sums stay in
 * registers, twice as fast as one position and three times as fast as one sum at a time (benchmarks/live.py).
 */
const convolve = (input, kernel, bias, output, { size, stride, rowStep, channels, height, width, out }) => {
  const taps = size * channels; // numbers under one row of the window: they lie side by side
  const step = stride * channels;
  const blockTaps = size * taps * BLOCK;
  for (let c = 0; c < out; c += BLOCK) {
    const start = (c / BLOCK) * blockTaps;
    const b0 = bias[c];
    const b1 = bias[c + 1];
    const b2 = bias[c + 2];
    const b3 = bias[c + 3];
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x += 2) {
        // At the end of an odd row the second position is the first again.
        const other = x + 1 < width ? step : 0;
        let k = start;
        let p0 = b0;
        let p1 = b1;
        let p2 = b2;
        let p3 = b3;
        let q0 = b0;
        let q1 = b1;
        let q2 = b2;
        let q3 = b3;
        for (let row = 0; row < size; row++) {
          const from = (y * stride + row) * rowStep + x * step;
          for (let i = from; i < from + taps; i++) {
            const p = input[i];
            const q = input[i + other];
            const w0 = kernel[k];
            const w1 = kernel[k + 1];
            const w2 = kernel[k + 2];
            const w3 = kernel[k + 3];
            p0 += p * w0;
            p1 += p * w1;
            p2 += p * w2;
            p3 += p * w3;
            q0 += q * w0;
            q1 += q * w1;
            q2 += q * w2;
            q3 += q * w3;
            k += BLOCK;
          }
        }
        const at = (y * width + x) * out + c;
        const beside = other ? at + out : at;
        output[at] = p0;
        output[beside] = q0;
        if (c + 1 < out) {
          output[at + 1] = p1;
          output[beside + 1] = q1;
        }
        if (c + 2 < out) {
          output[at + 2] = p2;
          output[beside + 2] = q2;
        }
        if (c + 3 < out) {
          output[at + 3] = p3;
          output[beside + 3] = q3;
        }
      }
    }
  }
};

/** @returns {Operation} */
const conv = (layer, [input]) => {
  const [inHeight, inWidth, channels] = input.shape;
  const [height, width, out] = layer.shape;
  const { kernel: size, stride, padding } = layer;
  const rows = paddingOf(inHeight, size, stride, padding);
  const columns = paddingOf(inWidth, size, stride, padding);
  const rowStep = (inWidth + columns.total) * channels;
  const padded = rows.total || columns.total ? new Float32Array((inHeight + rows.total) * rowStep) : input.values;
  const lines = []; // the input's rows, and where each lies among the padding
  for (let y = 0; padded !== input.values && y < inHeight; y++) {
    const line = input.values.subarray(y * inWidth * channels, (y + 1) * inWidth * channels);
    lines.push([line, (y + rows.before) * rowStep + columns.before * channels]);
  }
  const kernel = inBlocks(layer.weights.kernel, out);
  const bias = filled(layer.weights.bias);
  const sizes = { size, stride, rowStep, channels, height, width, out };
  const values = new Float32Array(height * width * out);
  const activate = activationOf(layer);
  const run = () => {
    for (const [line, at] of lines) padded.set(line, at);
    convolve(padded, kernel, bias, values, sizes);
    activate(values);
  };
  return { shape: layer.shape, values, run };
};

/** @returns {Operation} */
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

/** Max or average pooling with windows side by side; what lies outside the picture does not count. */
const pool = (average) => (layer, [input]) => {
  const [inHeight, inWidth, channels] = input.shape;
  const [height, width] = layer.shape;
  const { size, padding } = layer;
  const { before: above } = paddingOf(inHeight, size, size, padding);
  const { before: leftOf } = paddingOf(inWidth, size, size, padding);
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    const source = input.values;
    values.fill(average ? 0 : -Infinity);
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
            const from = (row * inWidth + column) * channels;
            for (let c = 0; c < channels; c++) {
              const value = source[from + c];
              if (average) values[at + c] += value * share;
              else if (value > values[at + c]) values[at + c] = value;
            }
          }
        }
      }
    }
  };
  return { shape: layer.shape, values, run };
};

/** @returns {Operation} */
const globalAveragePool = (layer, [input]) => {
  const channels = layer.shape[0];
  const sums = new Float64Array(channels);
  const values = new Float32Array(channels);
  const run = () => {
    sums.fill(0);
    for (let k = 0; k < input.values.length; k++) sums[k % channels] += input.values[k];
    for (let c = 0; c < channels; c++) values[c] = (sums[c] * channels) / input.values.length;
  };
  return { shape: layer.shape, values, run };
};

// --- the rest ------------------------------------------------------------------------------------------

/** Batch normalisation of a trained network: each channel times a number, plus a number. */
const scaleAndShift = (layer, [input]) => {
  const { scale, shift } = layer.weights;
  const values = new Float32Array(sizeOf(layer.shape));
  const activate = activationOf(layer);
  const run = () => {
    for (let k = 0; k < values.length; k++) values[k] = input.values[k] * scale[k % scale.length] + shift[k % scale.length];
    activate(values);
  };
  return { shape: layer.shape, values, run };
};

/** @returns {Operation} */
const add = (layer, inputs) => {
  const values = new Float32Array(sizeOf(layer.shape));
  const activate = activationOf(layer);
  const run = () => {
    values.set(inputs[0].values);
    for (const { values: more } of inputs.slice(1)) for (let k = 0; k < values.length; k++) values[k] += more[k];
    activate(values);
  };
  return { shape: layer.shape, values, run };
};

/** @returns {Operation} */
const reluLayer = (layer, [input]) => {
  const values = new Float32Array(sizeOf(layer.shape));
  const run = () => {
    values.set(input.values);
    relu(values);
  };
  return { shape: layer.shape, values, run };
};

/** Flatten and dropout leave the numbers as they lie. */
const same = (layer, [input]) => ({ shape: layer.shape, values: input.values, run: () => {} });

/** @type {Object<string, (layer: LayerRecord, inputs: Tensor[]) => Operation>} */
export const MAKERS = {
  conv,
  dense,
  max_pool: pool(false),
  average_pool: pool(true),
  global_average_pool: globalAveragePool,
  batch_norm: scaleAndShift,
  relu: reluLayer,
  dropout: same,
  flatten: same,
  add,
};
