// A trained network in the page: one forward pass gives every layer's values.

import { MAKERS, softmax } from "./layers.js";

/** @typedef {import("./weights.js").Model} Model */
/** @typedef {import("./layers.js").Tensor} Tensor */

/**
 * @typedef {Object} Reading
 * @property {Float32Array} probabilities [10]
 * @property {number | null} energy −log Σ exp(logits); null where the network gives no logits
 */

/**
 * @param {Model} model
 * @returns {{outputs: Map<string, Tensor>, read: (picture: Float32Array) => Reading}} `outputs`: every layer's values by
 *   name, with "input", as the last `read` left them
 * @throws {Error} a layer of a kind that is not known here
 */
export const makeNetwork = ({ layers, logits }) => {
  const picture = { shape: [28, 28, 1], values: new Float32Array(28 * 28) };
  /** @type {Map<string, any>} */
  const outputs = new Map([["input", picture]]);
  for (const layer of layers) {
    const maker = MAKERS[layer.kind];
    if (!maker) throw new Error(`${layer.name} is a layer of the kind ${layer.kind}`);
    outputs.set(layer.name, maker(layer, layer.inputs.map((name) => outputs.get(name))));
  }
  const operations = layers.map((layer) => outputs.get(layer.name));
  const answer = operations[operations.length - 1].values;

  /** @param {Float32Array} image [28 × 28] in 0..1 */
  const read = (image) => {
    picture.values.set(image);
    for (const operation of operations) operation.run();
    const probabilities = Float32Array.from(answer);
    if (logits) softmax(probabilities);
    return { probabilities, energy: logits ? energyOf(answer) : null };
  };
  return { outputs, read };
};

const energyOf = (logits) => {
  const top = Math.max(...logits);
  return -(top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)));
};
