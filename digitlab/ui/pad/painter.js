// The maps of every layer as pictures: one pixel a number, which the page enlarges. As digitlab/ui/shared/montage.py does.

/** @typedef {import("../browser/layers.js").Tensor} Tensor */

/**
 * @typedef {Object} Look
 * @property {string[]} visible the layers that can be seen
 * @property {boolean} perMap whether each map has a scale of its own
 * @property {Record<string, number>} columns maps a row, by layer
 * @property {{amounts: Uint8Array, signed: Uint8Array}} tables 256 colours each, red, green and blue
 */

/**
 * @typedef {Object} Painted what was painted of a layer
 * @property {string} layer
 * @property {number | null} low the number at the scale's lower end; null where each map has its own
 * @property {number | null} high
 * @property {boolean} signed whether zero is the scale's middle
 * @property {boolean} blank whether there is nothing to see, because nothing is drawn
 * @property {ImageData | null} pixels for the page to paint, where the layer has no canvas here
 */

const LEVELS = 254; // colours 1 to 255; as on the server
const TINY = 1e-12;

/** @param {number} count @param {number} columns @returns {[number, number]} columns and rows */
const grid = (count, columns) => [Math.min(columns, count), Math.ceil(count / Math.min(columns, count))];

/** @param {Float32Array} values @param {number} from @param {number} step @returns {[number, number]} lowest and highest */
const range = (values, from, step) => {
  let low = values[from];
  let high = low;
  for (let at = from; at < values.length; at += step) {
    if (values[at] < low) low = values[at];
    if (values[at] > high) high = values[at];
  }
  return [low, high];
};

/** @param {number} low @param {number} high @param {boolean} signed @param {boolean} perMap @returns {[number, number]} */
const ends = (low, high, signed, perMap) => {
  const widest = Math.max(Math.abs(low), Math.abs(high));
  if (signed) return [-widest, widest];
  return perMap || low < 0 ? [low, high] : [0, high]; // a layer that begins at zero shows zero as the darkest colour
};

export const makePainter = () => {
  /** @type {Map<string, OffscreenCanvas>} */
  const canvases = new Map();
  /** @type {Map<string, ImageData>} */
  const pictures = new Map();
  /** @type {Look} */
  let look = {
    visible: [],
    perMap: false,
    columns: {},
    tables: { amounts: new Uint8Array(), signed: new Uint8Array() },
  };

  /** @param {string} layer @param {number} width @param {number} height */
  const pictureOf = (layer, width, height) => {
    const kept = pictures.get(layer);
    if (kept?.width === width && kept.height === height) return kept;
    const made = new ImageData(width, height);
    pictures.set(layer, made);
    return made;
  };

  /** @param {string} layer @param {Tensor} tensor @returns {Painted} */
  const paintLayer = (layer, { shape, values }) => {
    const isFlat = shape.length === 1;
    const [height, width, count] = isFlat ? [1, 1, shape[0]] : shape;
    const [columns, rows] = grid(count, look.columns[layer] ?? count);
    const gap = isFlat ? 0 : 1;
    const picture = pictureOf(layer, columns * (width + gap) - gap, rows * (height + gap) - gap);
    const pixels = new Uint32Array(picture.data.buffer);
    const [lowest, highest] = range(values, 0, 1);
    const signed = lowest < 0;
    const table = colours(signed ? look.tables.signed : look.tables.amounts);
    const perMap = look.perMap && !isFlat;
    let [low, high] = ends(lowest, highest, signed, false);
    let factor = LEVELS / Math.max(high - low, TINY);
    for (let channel = 0; channel < count; channel++) {
      if (perMap) {
        [low, high] = ends(...range(values, channel, count), signed, true);
        factor = LEVELS / Math.max(high - low, TINY);
      }
      const left = (channel % columns) * (width + gap);
      const top = Math.floor(channel / columns) * (height + gap);
      for (let row = 0; row < height; row++) {
        let to = (top + row) * picture.width + left;
        let from = row * width * count + channel;
        for (let column = 0; column < width; column++, from += count) {
          pixels[to++] = table[1 + Math.round((values[from] - low) * factor)];
        }
      }
    }
    const canvas = canvases.get(layer);
    if (canvas) {
      if (canvas.width !== picture.width || canvas.height !== picture.height) {
        canvas.width = picture.width;
        canvas.height = picture.height;
      }
      canvas.getContext("2d")?.putImageData(picture, 0, 0);
    } else {
      pictures.delete(layer); // the page gets this one
    }
    return {
      layer,
      low: perMap ? null : low,
      high: perMap ? null : high,
      signed,
      blank: false,
      pixels: canvas ? null : picture,
    };
  };

  /** @type {WeakMap<Uint8Array, Uint32Array>} */
  const packed = new WeakMap();
  /** @param {Uint8Array} table @returns {Uint32Array} as pixels, opaque */
  const colours = (table) => {
    let made = packed.get(table);
    if (!made) {
      made = Uint32Array.from(
        { length: table.length / 3 },
        (_, k) => 0xff000000 | (table[3 * k + 2] << 16) | (table[3 * k + 1] << 8) | table[3 * k],
      );
      packed.set(table, made);
    }
    return made;
  };

  return {
    /** @param {string} layer @param {OffscreenCanvas} canvas */
    give: (layer, canvas) => {
      canvases.set(layer, canvas);
    },
    /** @param {Look} wanted */
    look: (wanted) => {
      look = wanted;
    },
    /** @param {Map<string, Tensor>} outputs every layer's numbers @returns {Painted[]} */
    paint: (outputs) =>
      look.visible.flatMap((layer) => {
        const tensor = outputs.get(layer);
        return tensor ? [paintLayer(layer, tensor)] : [];
      }),
    /** @returns {Painted[]} nothing is drawn, so there are no numbers */
    wipe: () =>
      look.visible.map((layer) => {
        const canvas = canvases.get(layer);
        canvas?.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
        return {
          layer,
          low: null,
          high: null,
          signed: false,
          blank: true,
          pixels: canvas ? null : new ImageData(1, 1),
        };
      }),
  };
};
