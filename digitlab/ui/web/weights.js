// Reading a network from the bytes that digitlab/networks/export.py writes; its docstring describes them.

const FORMAT = 1;
const MAGIC = 0x424c4744; // "DGLB", little-endian

/**
 * @typedef {Object} LayerRecord
 * @property {string} kind
 * @property {string} name
 * @property {string[]} inputs names of the layers it reads; "input" is the picture
 * @property {number[]} shape of its output: [height, width, channels] or [units]
 * @property {string} [activation]
 * @property {Object<string, Float32Array>} weights kernel and bias, or scale and shift; Keras' axes
 */

/** @typedef {{logits: boolean, layers: LayerRecord[]}} Model logits: the last layer leaves out softmax */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Model}
 */
export const readModel = (buffer) => {
  const view = new DataView(buffer);
  if (buffer.byteLength < 8 || view.getUint32(0, true) !== MAGIC) throw new Error("these bytes are not a network");
  const start = 8 + view.getUint32(4, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, start - 8)));
  if (header.format !== FORMAT) throw new Error(`the network's format is ${header.format}, not ${FORMAT}`);
  const layers = header.layers.map(({ arrays, ...layer }) => ({
    ...layer,
    weights: Object.fromEntries(
      Object.entries(arrays).map(([name, { type, shape, offset }]) => {
        const count = shape.reduce((product, side) => product * side, 1);
        return [name, NUMBERS[type](buffer, start + offset, count)];
      }),
    ),
  }));
  return { logits: header.logits, layers };
};

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
