// What a layer does to each of its numbers last, by Keras' name for it.

/** @typedef {(value: number) => number} Activation */

const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** @type {Activation} */
const sigmoid = (value) => 1 / (1 + Math.exp(-value));

// Coefficients of Abramowitz and Stegun, 7.1.26: off by 1.5e-7 at most.
const ERF = [0.254829592, -0.284496736, 1.421413741, -1.453152027, 1.061405429];

/** @type {Activation} the share of a normal distribution that lies below a number */
const normalShare = (value) => {
  const size = Math.abs(value) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * size);
  const tail = 0.5 * ERF.reduceRight((sum, factor) => (sum + factor) * t, 0) * Math.exp(-size * size);
  return value < 0 ? tail : 1 - tail;
};

/**
 * Softmax is not among them: it looks at all numbers at once.
 * @type {Record<string, {name: string, of: Activation}>}
 */
export const ACTIVATIONS = {
  linear: { name: "linear", of: (value) => value },
  relu: { name: "ReLU", of: (value) => Math.max(value, 0) },
  leaky_relu: { name: "Leaky ReLU", of: (value) => (value < 0 ? 0.2 * value : value) },
  elu: { name: "ELU", of: (value) => (value < 0 ? Math.expm1(value) : value) },
  selu: { name: "SELU", of: (value) => SELU_SCALE * (value < 0 ? SELU_ALPHA * Math.expm1(value) : value) },
  gelu: { name: "GELU", of: (value) => value * normalShare(value) },
  silu: { name: "SiLU", of: (value) => value * sigmoid(value) },
  softplus: { name: "Softplus", of: (value) => Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value))) },
  tanh: { name: "tanh", of: Math.tanh },
  sigmoid: { name: "sigmoid", of: sigmoid },
};
