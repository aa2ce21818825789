// Layers that change each number by itself: one entry a kind, from which network and microscope take what they need.

import { ACTIVATIONS } from "./activations.js";

/** @typedef {import("./weights.js").LayerRecord} LayerRecord */

/**
 * @typedef {Object} Elementwise
 * @property {(layer: any) => (value: number, channel: number) => number} of the arithmetic for a layer's settings
 * @property {(layer: any, value: number, channel: number) => Phrase} says what becomes of a number
 */

/**
 * What a finding says: the name of a text with its values, for the page to write in the reader's language; or a text
 * that is the same in every language.
 * @typedef {string | [name: string, values?: Record<string, string | number>]} Phrase
 */

/** @param {number} value */
const short = (value) => String(Number(value.toPrecision(4))).replace("-", "−");

/** @param {number} times @param {number} plus */
const timesPlus = (times, plus) => {
  const added = plus ? ` ${plus < 0 ? "−" : "+"} ${short(Math.abs(plus))}` : "";
  return `× ${short(times)}${added}`;
};

/** @type {Record<string, Elementwise>} by kind */
export const ELEMENTWISE = {
  leaky_relu: {
    of:
      ({ slope }) =>
      (value) =>
        value < 0 ? slope * value : value,
    says: ({ slope }, value) => (value < 0 ? ["negative", { what: `× ${short(slope)}` }] : ["positive_stays"]),
  },
  elu: {
    of:
      ({ alpha }) =>
      (value) =>
        value < 0 ? alpha * Math.expm1(value) : value,
    says: ({ alpha }, value) => (value < 0 ? ["negative", { what: `${short(alpha)} · (eˣ − 1)` }] : ["positive_stays"]),
  },
  activation: {
    of: ({ activation }) => ACTIVATIONS[activation].of,
    says: ({ activation }) => ACTIVATIONS[activation].name,
  },
  rescale: {
    of:
      ({ scale, offset }) =>
      (value) =>
        value * scale + offset,
    says: ({ scale, offset }) => timesPlus(scale, offset),
  },
  normalize: {
    of:
      ({ weights }) =>
      (value, channel) =>
        value * weights.scale[channel] + weights.shift[channel],
    says: ({ weights }, _value, channel) => timesPlus(weights.scale[channel], weights.shift[channel]),
  },
};
