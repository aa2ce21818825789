// Numbers as colours, with the colour maps that the server names (digitlab/ui/shared/palette.py).

/** @typedef {[number, number, number]} Colour red, green and blue in 0..255 */
/** @typedef {(value: number) => Colour} Scale */
/** @typedef {{amounts: string[], signed: string[]}} ColourMaps where no number is below 0, and where some are */
/** @typedef {{low: number, high: number, points: string[]}} Ends which numbers a scale reaches, and its colours */

const LEVELS = 256;

/** @param {string[]} points colours "#rrggbb" @returns {Uint8Array} LEVELS colours, evenly spread over the points */
export const tableOf = (points) => {
  const colours = points.map((point) => [1, 3, 5].map((at) => parseInt(point.slice(at, at + 2), 16)));
  const table = new Uint8Array(LEVELS * 3);
  for (let level = 0; level < LEVELS; level++) {
    const at = (level / (LEVELS - 1)) * (points.length - 1);
    const below = Math.min(Math.floor(at), points.length - 2);
    for (let k = 0; k < 3; k++) {
      table[3 * level + k] = Math.round(colours[below][k] + (at - below) * (colours[below + 1][k] - colours[below][k]));
    }
  }
  return table;
};

/**
 * @param {string[]} points
 * @param {number} low what gets the first colour
 * @param {number} high what gets the last one
 * @returns {Scale}
 */
export const scaleOf = (points, low, high) => {
  const table = tableOf(points);
  const step = (LEVELS - 1) / Math.max(high - low, 1e-12);
  return (value) => {
    const at = 3 * Math.min(Math.max(Math.round((value - low) * step), 0), LEVELS - 1);
    return [table[at], table[at + 1], table[at + 2]];
  };
};

/**
 * The scale for a layer's numbers: two-sided around 0 where some are below 0, else from 0 to the largest.
 * @param {ArrayLike<number>} values
 * @param {ColourMaps} maps
 * @param {boolean} [signed] two-sided whatever the numbers are
 * @returns {Ends & {scale: Scale}}
 */
export const scaleFor = (values, maps, signed = false) => {
  let [low, high] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    if (values[k] < low) low = values[k];
    if (values[k] > high) high = values[k];
  }
  const twoSided = signed || low < 0;
  if (twoSided) {
    high = Math.max(-low, high, 1e-9); // where all numbers are 0, 0 still is the middle
    low = -high;
  }
  const points = twoSided ? maps.signed : maps.amounts;
  return { scale: scaleOf(points, low, high), low, high, points };
};

/** @param {Colour} colour */
export const css = ([red, green, blue]) => `rgb(${red} ${green} ${blue})`;

/** @param {Colour} colour @returns {string} black or white, whichever can be read on it */
export const inkOn = ([red, green, blue]) => (0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000" : "#fff");
