// What the arithmetic of every kind of layer is written with: grids of numbers, and a sum line by line.

import { ACTIVATIONS } from "../browser/activations.js";
import { css, inkOn } from "../browser/colours.js";
import { make, number } from "../shared/dom.js";

/** @typedef {import("../browser/microscope.js").Finding} Finding */
/** @typedef {import("../browser/microscope.js").ConvFinding} ConvFinding */
/** @typedef {import("../browser/microscope.js").DenseFinding} DenseFinding */
/** @typedef {import("../browser/microscope.js").ScaledFinding} ScaledFinding */
/** @typedef {import("../browser/microscope.js").TermsFinding} TermsFinding */
/** @typedef {import("../browser/microscope.js").Followed} Followed */
/** @typedef {import("../browser/colours.js").Scale} Scale */
/** @typedef {import("../browser/elementwise.js").Phrase} Phrase */
/** @typedef {import("../shared/words.js").Say} Say */

// --- grids ---------------------------------------------------------------------------------------------

/**
 * A grid of numbers on their colours.
 * @param {string} caption
 * @param {number} height
 * @param {number} width
 * @param {ArrayLike<number>} values row by row
 * @param {Scale} scale
 * @param {(index: number) => boolean} [marks] which cells are outlined
 */
export const grid = (caption, height, width, values, scale, marks = () => false) => {
  const rows = [];
  for (let row = 0; row < height; row++) {
    const cells = [];
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      const colour = scale(value);
      const cell = make(
        "td",
        { style: { background: css(colour), color: inkOn(colour) }, title: number(value, 6) },
        number(value, 2),
      );
      if (marks(row * width + column)) cell.classList.add("dl-winner");
      cells.push(cell);
    }
    rows.push(make("tr", {}, ...cells));
  }
  return make("figure", {}, make("table.dl-grid", {}, make("tbody", {}, ...rows)), make("figcaption", {}, caption));
};

/** @param {string} text */
export const sign = (text) => make("span.dl-sign", { "aria-hidden": "true" }, text);

// --- the sum -------------------------------------------------------------------------------------------

/** @param {string} label @param {number} value @param {string} [className] */
export const line = (label, value, className = "") =>
  make("li", { className }, make("span", {}, label), make("output", { data: { value: String(value) } }, number(value)));

/** @param {string} label @param {number} value */
export const result = (label, value) => line(label, value, "dl-result");

/** @param {Phrase} phrase @param {Say} say */
export const phraseText = (phrase, say) => (typeof phrase === "string" ? phrase : say(...phrase));

/** @param {number} before @returns {string} the name of the text about what ReLU does to a number */
const reluDoes = (before) => (before < 0 ? "relu_zero" : "relu_same");

/** @param {ConvFinding | DenseFinding} finding @param {Say} say */
export const activationLine = ({ activation, before, value }, say) => {
  if (activation === "linear") return [result(say("output"), value)];
  const { name } = ACTIVATIONS[activation];
  return [
    line(say("before_activation", { name }), before),
    result(activation === "relu" ? say(reluDoes(before)) : name, value),
  ];
};

/**
 * Each takes the findings of its own kind; written as a method, since TypeScript lets a method ask for more.
 * @type {Record<string, {write(finding: Finding): Phrase}["write"]>} by kind
 */
const FOLLOWED = {
  batch_norm: (/** @type {ScaledFinding} */ { scale, shift }) =>
    `× ${number(scale)} ${shift < 0 ? "−" : "+"} ${number(Math.abs(shift))}`,
  relu: (/** @type {TermsFinding} */ { terms }) => [reluDoes(terms[0])],
  dropout: () => ["passes"],
  rests: () => ["passes"],
};

/**
 * What batch normalisation, ReLU and the like make of a number.
 * @param {Followed[]} followed
 * @param {Say} say
 * @returns {HTMLElement[]}
 */
export const followedBy = (followed, say) =>
  followed.map(({ layer, finding }) => {
    const what = phraseText(FOLLOWED[layer.kind]?.(finding) ?? finding.text ?? "", say);
    const item = line(say("then", { layer: layer.name, what }), finding.value, "dl-then");
    item.dataset.layer = layer.name;
    return item;
  });

/** @param {HTMLElement[]} lines */
export const sumOf = (...lines) => make("ol.dl-sum", {}, ...lines);
