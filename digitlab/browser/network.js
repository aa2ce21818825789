// A trained network in the page: one forward pass gives every layer's values.

import { MAKERS } from "./layers.js";
import { softmax } from "./places.js";

/** @typedef {import("./weights.js").Model} Model */
/** @typedef {import("./layers.js").Tensor} Tensor */

/**
 * @typedef {Object} Reading
 * @property {Float32Array} probabilities [10]
 * @property {number | null} energy −log Σ exp(logits); null where the network gives no logits
 */

/**
 * Dropout and flatten share the values of what they read: changing an output changes both.
 * @param {Model} model
 * @returns {{outputs: Map<string, Tensor>, read: (picture: Float32Array) => Reading}} `outputs`: every layer's values by
 *   name, with "input", as the last `read` left them
 * @throws {Error} a layer of a kind that is not known here
 */
export const makeNetwork = ({ layers, logits }) => {
  const picture = { shape: [28, 28, 1], values: new Float32Array(28 * 28) };
  /** @type {Map<string, Tensor>} */
  const outputs = new Map([["input", picture]]);
  /** @param {string} name @returns {Tensor} what an earlier layer gives */
  const outputOf = (name) => {
    const output = outputs.get(name);
    if (!output) throw new Error(`${name} is read before it is computed`);
    return output;
  };
  const operations = layers.map((layer) => {
    const maker = MAKERS[layer.kind];
    if (!maker) throw new Error(`${layer.name} is a layer of the kind ${layer.kind}`);
    const operation = maker(layer, layer.inputs.map(outputOf));
    outputs.set(layer.name, operation);
    return operation;
  });
  const answer = operations[operations.length - 1].values;

  /** @param {Float32Array} image [28 × 28] in 0..1 */
  const read = (image) => {
    picture.values.set(image);
    for (const operation of operations) operation.run();
    const probabilities = Float32Array.from(answer);
    if (logits) softmax(probabilities);
    else toShares(probabilities);
    return { probabilities, energy: logits ? energyOf(answer) : null };
  };
  return { outputs, read };
};

/** What is given as probabilities adds up to 1, also where ten sigmoids gave it. @param {Float32Array} values */
const toShares = (values) => {
  const sum = values.reduce((total, value) => total + value, 0);
  for (let k = 0; k < values.length; k++) values[k] /= Math.max(sum, 1e-12);
};

/** @param {Float32Array} logits */
const energyOf = (logits) => {
  const top = Math.max(...logits);
  return -(top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)));
};
