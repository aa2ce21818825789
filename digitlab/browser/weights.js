// Reading a network from the bytes that digitlab/networks/export.py writes; its docstring describes them.

const FORMAT = 2;
const MAGIC = 0x424c4744; // "DGLB", little-endian

/**
 * What every layer's record has.
 * @typedef {Object} Common
 * @property {string} name
 * @property {string[]} inputs names of the layers it reads; "input" is the picture
 * @property {number[]} shape of its output: [height, width, channels] or [units]
 * @property {string} [activation]
 */

/** @typedef {"valid" | "same"} Padding */
/** @typedef {{kernel: Float32Array, bias: Float32Array}} Weights with Keras' axes */
/** @typedef {{scale: Float32Array, shift: Float32Array}} ScaleAndShift one number for each channel */
/** @typedef {Common & {kind: "conv", kernel: number, stride: number, padding: Padding, weights: Weights}} Conv */
/** @typedef {Common & {kind: "dense", weights: Weights}} Dense */
/** @typedef {Common & {kind: "max_pool" | "average_pool", size: number, padding: Padding}} Pool */
/** @typedef {Common & {kind: "batch_norm", weights: ScaleAndShift}} BatchNorm */
/** @typedef {Common & {kind: "depthwise_conv", kernel: number, stride: number, padding: Padding, weights: Weights}} DepthwiseConv */
/** @typedef {Weights & {depth: Float32Array}} SeparableWeights the depthwise kernel, and `kernel` for the sums over maps */
/** @typedef {Common & {kind: "separable_conv", kernel: number, stride: number, padding: Padding, weights: SeparableWeights}} SeparableConv */
/** @typedef {Common & {kind: "layer_norm", epsilon: number, weights: ScaleAndShift}} LayerNorm */
/** @typedef {Common & {kind: "normalize", weights: ScaleAndShift}} Normalize */
/** @typedef {Common & {kind: "rescale", scale: number, offset: number}} Rescale */
/** @typedef {Common & {kind: "leaky_relu", slope: number}} LeakyRelu */
/** @typedef {Common & {kind: "elu", alpha: number}} Elu */
/** @typedef {Common & {kind: "zero_pad", rows: [number, number], columns: [number, number]}} ZeroPad */
/** @typedef {Common & {kind: "up_sample", size: number}} UpSample */
/** @typedef {"global_average_pool" | "global_max_pool" | "relu" | "activation" | "softmax" | "dropout" | "rests"} Own */
/** @typedef {Common & {kind: Own | "flatten" | "reshape" | "add" | "concatenate"}} Plain without settings */
/** @typedef {Conv | DepthwiseConv | SeparableConv | Dense | Pool | ZeroPad | UpSample} Shaping */
/** @typedef {BatchNorm | LayerNorm | Normalize | Rescale | LeakyRelu | Elu} Scaling */
/** @typedef {Shaping | Scaling | Plain} LayerRecord */

/** @typedef {{logits: boolean, layers: LayerRecord[]}} Model logits: the last layer leaves out softmax */

/** @typedef {{type: string, shape: number[], offset: number}} Stored where an array lies among the bytes */
/** @typedef {{format: number, logits: boolean, layers: (LayerRecord & {arrays: Record<string, Stored>})[]}} Header */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Model}
 */
export const readModel = (buffer) => {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw new Error("these bytes are not a network");
  const start = 8 + view.getUint32(4, true);
  /** @type {Header} */
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  if (header.format !== FORMAT) throw new Error(`the network's format is ${header.format}, not ${FORMAT}`);
  /** @param {Stored} stored @returns {Float32Array} */
  const read = ({ type, shape, offset }) =>
    NUMBERS[type](
      buffer,
      start + offset,
      shape.reduce((product, side) => product * side, 1),
    );
  const layers = header.layers.map(({ arrays, ...layer }) => {
    const weights = Object.entries(arrays).map(([name, stored]) => [name, read(stored)]);
    return /** @type {LayerRecord} */ ({ ...layer, weights: Object.fromEntries(weights) });
  });
  return { logits: header.logits, layers };
};

/** @type {Record<string, (buffer: ArrayBuffer, offset: number, count: number) => Float32Array>} by type, as in the file */
const NUMBERS = {
  float32: (buffer, offset, count) => new Float32Array(buffer.slice(offset, offset + 4 * count)),
  float16: (buffer, offset, count) => fromHalf(new Uint16Array(buffer, offset, count)),
};

/**
 * @param {Uint16Array} halves IEEE 754 binary16, bit by bit
 * @returns {Float32Array}
 */
const fromHalf = (halves) => {
  const values = new Float32Array(halves.length);
  for (let k = 0; k < halves.length; k++) {
    const exponent = (halves[k] >> 10) & 31;
    const fraction = halves[k] & 1023;
    const size = exponent ? (1 + fraction / 1024) * POWERS[exponent] : (fraction / 1024) * POWERS[1];
    values[k] = halves[k] & 0x8000 ? -size : size;
  }
  return values;
};

const POWERS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 15));
