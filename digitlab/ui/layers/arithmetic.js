// The arithmetic of one number, written out: what `examine` found, as grids, bars and a sum that ends with the number.

import { css, inkOn, scaleFor } from "../browser/colours.js";
import { softmaxOf } from "../browser/microscope.js";
import { placeOf } from "../browser/places.js";
import { make, number, paint } from "../shared/dom.js";
import { activationLine, followedBy, grid, line, phraseText, result, sign, sumOf } from "./sums.js";

/** @typedef {import("../browser/microscope.js").Finding} Finding */
/** @typedef {import("../browser/microscope.js").ConvFinding} ConvFinding */
/** @typedef {import("../browser/microscope.js").DenseFinding} DenseFinding */
/** @typedef {import("../browser/microscope.js").MaxFinding} MaxFinding */
/** @typedef {import("../browser/microscope.js").AverageFinding} AverageFinding */
/** @typedef {import("../browser/microscope.js").ScaledFinding} ScaledFinding */
/** @typedef {import("../browser/microscope.js").TermsFinding} TermsFinding */
/** @typedef {import("../browser/microscope.js").Followed} Followed */
/** @typedef {import("../browser/microscope.js").Softmax} Softmax */
/** @typedef {import("../browser/weights.js").LayerRecord} LayerRecord */
/** @typedef {import("../browser/colours.js").Scale} Scale */
/** @typedef {import("../shared/words.js").Say} Say */

/**
 * @typedef {Object} Context
 * @property {import("../browser/colours.js").ColourMaps} colours
 * @property {{name: string, shape: number[]}[]} inputs
 * @property {Scale} inputScale of the first input's numbers
 * @property {number[] | null} origin the maps that a flat input was laid out from
 * @property {number} inputChannel which input map is shown
 * @property {(channel: number) => void} pickInput
 * @property {Followed[]} followed what follows: batch normalisation, ReLU
 * @property {number} index which of the layer's numbers
 * @property {Say} say
 * @property {Float32Array | null} logits all of them, where the layer is a network's last and gives logits
 */

const LARGEST = 12; // contributions of a dense layer that are written out

// --- the kinds -----------------------------------------------------------------------------------------

/** @template {Float32Array | Float64Array} Numbers @param {Numbers} values @param {number} channels @param {number} channel */
const oneChannel = (values, channels, channel) => values.filter((_, k) => k % channels === channel);

/** @param {import("../browser/weights.js").Conv} layer @param {ConvFinding} finding @param {Context} context */
const conv = (layer, finding, context) => {
  const { colours, inputScale, inputChannel, followed, say } = context;
  const channels = context.inputs[0].shape[2];
  const size = layer.kernel;
  /** @param {Float32Array | Float64Array} values */
  const of = (values) => oneChannel(values, channels, inputChannel);
  /** @param {ArrayLike<number>} values */
  const signed = (values) => scaleFor(values, colours, true).scale;
  const { scale } = scaleFor(finding.subtotals, colours, true);
  const subtotals = Array.from(finding.subtotals, (subtotal, channel) => {
    const colour = scale(subtotal);
    return make(
      "button",
      {
        type: "button",
        title: say("input_map_sum", { channel, value: number(subtotal) }),
        onclick: () => context.pickInput(channel),
        style: { background: css(colour), color: inkOn(colour) },
        "aria-pressed": String(channel === inputChannel),
      },
      String(channel),
    );
  });
  const others = finding.sum - finding.subtotals[inputChannel];
  return [
    make(
      "div.dl-grids",
      {},
      grid(
        channels > 1 ? say("window_on", { channel: inputChannel }) : say("window"),
        size,
        size,
        of(finding.patch),
        inputScale,
      ),
      sign("×"),
      grid(say("kernel"), size, size, of(finding.kernel), signed(finding.kernel)),
      sign("="),
      grid(say("products"), size, size, of(finding.products), signed(of(finding.products))),
    ),
    channels > 1
      ? make("div.dl-subtotals", {}, make("p", {}, say("each_map", { maps: channels })), make("div", {}, ...subtotals))
      : "",
    sumOf(
      line(say("sum_products", { count: size * size }), finding.subtotals[inputChannel]),
      ...(channels > 1 ? [line(say("other_maps", { count: channels - 1 }), others)] : []),
      line(say("plus_bias"), finding.bias),
      ...activationLine(finding, say),
      ...followedBy(followed, say),
    ),
  ];
};

/** @param {LayerRecord} _layer @param {MaxFinding} finding @param {Context} context */
const maxPool = (_layer, finding, { inputScale, followed, say }) => [
  make(
    "div.dl-grids",
    {},
    grid(
      say("window_maximum"),
      finding.window.height,
      finding.window.width,
      finding.patch,
      inputScale,
      (k) => k === finding.winner,
    ),
  ),
  sumOf(result(say("maximum_of", { count: finding.patch.length }), finding.value), ...followedBy(followed, say)),
];

/** @param {LayerRecord} layer @param {AverageFinding} finding @param {Context} context */
const averagePool = (layer, finding, { inputScale, followed, say }) => {
  const { height, width } = finding.window;
  const whole = layer.kind === "global_average_pool";
  const picture = make("canvas.dl-small-map");
  if (whole) paint(picture, height, width, (row, column) => finding.patch[row * width + column], inputScale);
  return [
    make(
      "div.dl-grids",
      {},
      whole
        ? make("figure", {}, picture, make("figcaption", {}, say("whole_map", { size: `${height}×${width}` })))
        : grid(say("window"), height, width, finding.patch, inputScale),
    ),
    sumOf(
      line(say("sum_numbers", { count: finding.count }), finding.sum),
      result(say("divided_by", { count: finding.count }), finding.value),
      ...followedBy(followed, say),
    ),
  ];
};

/** Where a number of a flat layer comes from. @param {number} index @param {Context} context */
const originOf = (index, { origin, inputs, say }) => {
  if (!origin) return `${inputs[0].name} ${index}`;
  const [row, column, map] = placeOf(origin, index);
  return say("map_place", { map, row, column });
};

/** @param {Softmax} steps @param {number} shown the digit that is marked @param {Say} say @param {string} [className] */
const softmaxTable = (steps, shown, say, className = "") => {
  const rows = Array.from(steps.logits, (logit, digit) =>
    make(
      "tr",
      { className: digit === shown ? "dl-shown" : "" },
      make("th", { scope: "row" }, String(digit)),
      make("td", {}, number(logit)),
      make("td", {}, steps.exponentials[digit].toExponential(2).replace("-", "−")),
      make("td", { data: { share: String(steps.shares[digit]) } }, number(steps.shares[digit])),
    ),
  );
  const head = ["digit", "logit", "exponential", "probability"].map((name) => make("th", { scope: "col" }, say(name)));
  const foot = make(
    "tr",
    {},
    make("th", { scope: "row" }, say("sum")),
    make("td"),
    make("td", {}, number(steps.sum)),
    make("td", {}, "1"),
  );
  return make(
    "table",
    { className: `dl-softmax ${className}` },
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...rows),
    make("tfoot", {}, foot),
  );
};

/**
 * Lines from the written contributions to the number that they add up to, as thick as they are strong.
 * @param {number[]} products
 * @param {Scale} scale
 */
const linesTo = (products, scale) => {
  const top = Math.max(...products.map(Math.abs), 1e-12);
  const middle = 50;
  const paths = products.map((product, k) => {
    const y = (100 * (k + 0.5)) / products.length;
    const width = (0.4 + (4 * Math.abs(product)) / top).toFixed(2);
    return `<path d="M0 ${y}C60 ${y} 40 ${middle} 100 ${middle}" stroke="${css(scale(product))}" stroke-width="${width}"/>`;
  });
  const drawing = make("div.dl-lines", { "aria-hidden": "true" });
  drawing.innerHTML = `<svg viewBox="0 0 100 100" preserveAspectRatio="none">${paths.join("")}</svg><b></b>`;
  return drawing;
};

/** A dense layer, and what a separable convolution does at each place. */
/** @param {LayerRecord} layer @param {DenseFinding} finding @param {Context} context */
const dense = (layer, finding, context) => {
  const { say } = context;
  const order = Array.from(finding.products.keys()).sort(
    (a, b) => Math.abs(finding.products[b]) - Math.abs(finding.products[a]),
  );
  const largest = order.slice(0, LARGEST);
  const top = Math.max(Math.abs(finding.products[largest[0]]), 1e-12);
  const { scale } = scaleFor([top], context.colours, true);
  const bars = largest.map((k) => {
    const product = finding.products[k];
    const share = Math.abs(product) / top;
    return make(
      "li",
      {},
      make("span", {}, layer.kind === "dense" ? originOf(k, context) : say("filtered_map", { channel: k })),
      make("code", {}, `${number(finding.patch[k], 3)} × ${number(finding.kernel[k], 3)}`),
      make("i", {
        style: {
          "--share": share.toFixed(3),
          "--from": product < 0 ? "right" : "left",
          background: css(scale(product)),
        },
      }),
      make("output", {}, number(product, 3)),
    );
  });
  const shown = largest.reduce((sum, k) => sum + finding.products[k], 0);
  /** @type {HTMLElement[]} */
  const parts = [
    make("p", {}, say("largest_products", { shown: largest.length, count: finding.products.length })),
    make(
      "div.dl-fed",
      {},
      make("ol.dl-products", {}, ...bars),
      linesTo(
        largest.map((k) => finding.products[k]),
        scale,
      ),
    ),
  ];
  const lines = [
    line(say("sum_of_these", { count: largest.length }), shown),
    ...(order.length > largest.length
      ? [line(say("others", { count: order.length - largest.length }), finding.sum - shown)]
      : []),
    line(say("plus_bias"), finding.bias),
  ];
  if (finding.softmax) {
    lines.push(line(say("logit"), finding.before), result(say("softmax_probability"), finding.value));
    return [...parts, sumOf(...lines), softmaxTable(finding.softmax, context.index, say)];
  }
  parts.push(sumOf(...lines, ...activationLine(finding, say), ...followedBy(context.followed, say)));
  if (context.logits) {
    parts.push(
      make("p", {}, say("ends_with_logits")),
      softmaxTable(softmaxOf(context.logits), context.index, say, "dl-outside"),
    );
  }
  return parts;
};

/** @param {LayerRecord} _layer @param {ScaledFinding} finding @param {Context} context */
const batchNorm = (_layer, finding, { followed, say }) => [
  make("p", {}, say("norm_note")),
  sumOf(
    line(say("before_layer"), finding.terms[0]),
    line(say("times_scale"), finding.scale),
    line(say("plus_shift"), finding.shift),
    result(say("output"), finding.value),
    ...followedBy(followed, say),
  ),
];

/** @param {LayerRecord} _layer @param {TermsFinding} finding @param {Context} context */
const relu = (_layer, finding, { followed, say }) => [
  sumOf(
    line(say("before_layer"), finding.terms[0]),
    result(say(finding.terms[0] < 0 ? "relu_zero" : "relu_same"), finding.value),
    ...followedBy(followed, say),
  ),
];

/** @param {LayerRecord} _layer @param {TermsFinding} finding @param {Context} context */
const add = (_layer, finding, { inputs, followed, say }) => [
  sumOf(
    ...finding.terms.map((term, k) => line(`${k ? "+ " : ""}${inputs[k].name}`, term)),
    result(say("sum"), finding.value),
    ...followedBy(followed, say),
  ),
];

/** One filter of a depthwise convolution over its one map. */
/** @param {LayerRecord} _layer @param {ConvFinding} finding @param {Context} context */
const depthwise = (_layer, finding, { colours, inputScale, followed, say }) => {
  const { height, width } = finding.window;
  /** @param {ArrayLike<number>} values */
  const signed = (values) => scaleFor(values, colours, true).scale;
  return [
    make(
      "div.dl-grids",
      {},
      grid(say("window"), height, width, finding.patch, inputScale),
      sign("×"),
      grid(say("kernel"), height, width, finding.kernel, signed(finding.kernel)),
      sign("="),
      grid(say("products"), height, width, finding.products, signed(finding.products)),
    ),
    sumOf(
      line(say("sum_products", { count: finding.products.length }), finding.sum),
      line(say("plus_bias"), finding.bias),
      ...activationLine(finding, say),
      ...followedBy(followed, say),
    ),
  ];
};

/** A finding step by step. */
/** @param {LayerRecord} _layer @param {Finding} finding @param {Context} context */
const byStep = (_layer, { text = "", steps = [] }, { followed, say }) => [
  make("p", {}, phraseText(text, say)),
  sumOf(
    ...steps.map(([label, value], k) => (k === steps.length - 1 ? result : line)(phraseText(label, say), value)),
    ...followedBy(followed, say),
  ),
];

/** @param {LayerRecord} layer @param {Finding} finding @param {Context} context */
const same = (layer, finding, context) => {
  const { index, say } = context;
  const text =
    layer.kind === "flatten"
      ? say("number_from", { index, origin: originOf(index, context) })
      : say(layer.kind === "reshape" ? "reshaped" : "only_training");
  return [make("p", {}, text), sumOf(result(say("output"), finding.value))];
};

/**
 * Each writer takes the records and findings of its own kind; written as a method, since TypeScript lets a method ask for
 * more.
 * @typedef {{write(layer: LayerRecord, finding: Finding, context: Context): (Node | string)[]}["write"]} Writer
 */

/** @type {Record<string, Writer>} by kind */
const WRITERS = {
  conv,
  dense,
  max_pool: maxPool,
  average_pool: averagePool,
  global_average_pool: averagePool,
  batch_norm: batchNorm,
  relu,
  add,
  flatten: same,
  reshape: same,
  dropout: same,
  rests: same,
  depthwise_conv: depthwise,
  separable_conv: dense,
};

/**
 * @param {HTMLElement} area is emptied
 * @param {LayerRecord} layer
 * @param {Finding} finding
 * @param {Context} context
 */
export const writeArithmetic = (area, layer, finding, context) =>
  area.replaceChildren(...(WRITERS[layer.kind] ?? byStep)(layer, finding, context));
