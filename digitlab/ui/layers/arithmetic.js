// The arithmetic of one number, written out: what `examine` found, as grids, bars and a sum that ends with the number.

import { placeOf, softmaxOf } from "../web/microscope.js";
import { css, inkOn, scaleFor } from "../web/colours.js";
import { make, number, paint } from "./dom.js";

/** @typedef {import("../web/microscope.js").Finding} Finding */
/** @typedef {import("../web/weights.js").LayerRecord} LayerRecord */

/**
 * @typedef {Object} Context
 * @property {{amounts: string[], signed: string[]}} colours
 * @property {{name: string, shape: number[]}[]} inputs
 * @property {import("../web/colours.js").Scale} inputScale of the first input's numbers
 * @property {number[] | null} origin the maps that a flat input was laid out from
 * @property {number} inputChannel which input map is shown
 * @property {(channel: number) => void} pickInput
 * @property {{layer: LayerRecord, finding: Finding}[]} then what follows: batch normalisation, ReLU
 * @property {Float32Array | null} logits all of them, where the layer is a network's last and gives logits
 */

const LARGEST = 12; // contributions of a dense layer that are written out

// --- grids ---------------------------------------------------------------------------------------------

/** A grid of numbers on their colours; `marks` says which cells are outlined. */
const grid = (caption, height, width, values, scale, marks = () => false) => {
  const rows = [];
  for (let row = 0; row < height; row++) {
    const cells = [];
    for (let column = 0; column < width; column++) {
      const value = values[row * width + column];
      const colour = scale(value);
      const cell = make("td", { style: { background: css(colour), color: inkOn(colour) }, title: number(value, 6) }, number(value, 2));
      if (marks(row * width + column)) cell.classList.add("dl-winner");
      cells.push(cell);
    }
    rows.push(make("tr", {}, ...cells));
  }
  return make("figure", {}, make("table.dl-grid", {}, make("tbody", {}, ...rows)), make("figcaption", {}, caption));
};

const sign = (text) => make("span.dl-sign", { "aria-hidden": "true" }, text);

// --- the sum -------------------------------------------------------------------------------------------

const line = (label, value, classes = "") => make(`li${classes}`, {}, make("span", {}, label), make("output", { data: { value: String(value) } }, number(value)));

const result = (label, value) => line(label, value, ".dl-result");

const activationLine = ({ activation, before, value }) =>
  activation === "relu" ? [line(`before ReLU`, before), result(`ReLU: ${before < 0 ? "below 0 becomes 0" : "above 0 stays"}`, value)] : [result("the number", value)];

/** What batch normalisation, ReLU and the like make of it. */
const followed = (then) =>
  then.map(({ layer, finding }) => {
    const [term] = finding.terms;
    const text = {
      batch_norm: () => `${layer.name}: × ${number(finding.scale)} ${finding.shift < 0 ? "−" : "+"} ${number(Math.abs(finding.shift))}`,
      relu: () => `${layer.name}: ReLU, ${term < 0 ? "below 0 becomes 0" : "above 0 stays"}`,
      dropout: () => `${layer.name}: passes it on`,
    }[layer.kind]();
    const item = line(text, finding.value, ".dl-then");
    item.dataset.layer = layer.name;
    return item;
  });

const sumOf = (...lines) => make("ol.dl-sum", {}, ...lines);

// --- the kinds -----------------------------------------------------------------------------------------

const oneChannel = (values, channels, channel) => values.filter((_, k) => k % channels === channel);

const conv = (layer, finding, context) => {
  const { colours, inputScale, inputChannel, then } = context;
  const channels = context.inputs[0].shape[2];
  const size = layer.kernel;
  const of = (values) => oneChannel(values, channels, inputChannel);
  const signed = (values) => scaleFor(values, colours, true).scale;
  const { scale } = scaleFor(finding.subtotals, colours, true);
  const subtotals = Array.from(finding.subtotals, (subtotal, channel) => {
    const colour = scale(subtotal);
    return make(
      "button",
      {
        type: "button",
        title: `Input map ${channel}: ${number(subtotal)}`,
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
      grid(`what lies under the window${channels > 1 ? `, input map ${inputChannel}` : ""}`, size, size, of(finding.patch), inputScale),
      sign("×"),
      grid("the kernel", size, size, of(finding.kernel), signed(finding.kernel)),
      sign("="),
      grid("their products", size, size, of(finding.products), signed(of(finding.products))),
    ),
    channels > 1
      ? make("div.dl-subtotals", {}, make("p", {}, `The same for each of the ${channels} input maps. Their sums, brown above and blue below 0; press one to see it:`), make("div", {}, ...subtotals))
      : "",
    sumOf(
      line(`sum of these ${size * size} products`, finding.subtotals[inputChannel]),
      ...(channels > 1 ? [line(`+ the other ${channels - 1} input maps`, others)] : []),
      line("+ bias", finding.bias),
      ...activationLine(finding),
      ...followed(then),
    ),
  ];
};

const maxPool = (layer, finding, { inputScale, then }) => [
  make("div.dl-grids", {}, grid(`the window; the largest is outlined`, finding.window.height, finding.window.width, finding.patch, inputScale, (k) => k === finding.winner)),
  sumOf(result(`the largest of ${finding.patch.length}`, finding.value), ...followed(then)),
];

const averagePool = (layer, finding, { inputScale, then }) => {
  const { height, width } = finding.window;
  const whole = layer.kind === "global_average_pool";
  const picture = make("canvas.dl-small-map");
  if (whole) paint(picture, height, width, (row, column) => finding.patch[row * width + column], inputScale);
  return [
    make("div.dl-grids", {}, whole ? make("figure", {}, picture, make("figcaption", {}, `the whole map, ${height}×${width}`)) : grid("the window", height, width, finding.patch, inputScale)),
    sumOf(line(`sum of ${finding.count} numbers`, finding.sum), result(`divided by ${finding.count}`, finding.value), ...followed(then)),
  ];
};

/** Where a number of a flat layer comes from. */
const originOf = (index, { origin, inputs }) => {
  if (!origin) return `${inputs[0].name} ${index}`;
  const [row, column, map] = placeOf(origin, index);
  return `map ${map}, row ${row}, column ${column}`;
};

const softmaxTable = (steps, shown, classes) => {
  const rows = Array.from(steps.logits, (logit, digit) =>
    make(
      `tr${digit === shown ? ".dl-shown" : ""}`,
      {},
      make("th", { scope: "row" }, String(digit)),
      make("td", {}, number(logit)),
      make("td", {}, steps.exponentials[digit].toExponential(2).replace("-", "−")),
      make("td", { data: { share: String(steps.shares[digit]) } }, number(steps.shares[digit])),
    ),
  );
  const head = ["digit", "logit", "e^(logit − largest)", "share"].map((text) => make("th", { scope: "col" }, text));
  const foot = make("tr", {}, make("th", { scope: "row" }, "sum"), make("td"), make("td", {}, number(steps.sum)), make("td", {}, "1"));
  return make(`table.dl-softmax${classes}`, {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows), make("tfoot", {}, foot));
};

const dense = (layer, finding, context) => {
  const order = Array.from(finding.products.keys()).sort((a, b) => Math.abs(finding.products[b]) - Math.abs(finding.products[a]));
  const largest = order.slice(0, LARGEST);
  const top = Math.max(Math.abs(finding.products[largest[0]]), 1e-12);
  const { scale } = scaleFor([top], context.colours, true);
  const bars = largest.map((k) => {
    const product = finding.products[k];
    const share = Math.abs(product) / top;
    return make(
      "li",
      {},
      make("span", {}, originOf(k, context)),
      make("code", {}, `${number(finding.patch[k], 3)} × ${number(finding.kernel[k], 3)}`),
      make("i", { style: { "--share": share.toFixed(3), "--from": product < 0 ? "right" : "left", background: css(scale(product)) } }),
      make("output", {}, number(product, 3)),
    );
  });
  const shown = largest.reduce((sum, k) => sum + finding.products[k], 0);
  const parts = [
    make("p", {}, `The ${largest.length} largest of ${finding.products.length.toLocaleString("en")} products, input times weight:`),
    make("ol.dl-products", {}, ...bars),
  ];
  const lines = [
    line(`sum of these ${largest.length}`, shown),
    line(`+ the other ${(order.length - largest.length).toLocaleString("en")}`, finding.sum - shown),
    line("+ bias", finding.bias),
  ];
  if (finding.softmax) {
    lines.push(line("the logit", finding.before), result("its share after softmax", finding.value));
    return [...parts, sumOf(...lines), softmaxTable(finding.softmax, context.index, "")];
  }
  parts.push(sumOf(...lines, ...activationLine(finding), ...followed(context.then)));
  if (context.logits) {
    parts.push(
      make("p", {}, "This network ends with logits. Softmax, which it leaves out, makes probabilities of them:"),
      softmaxTable(softmaxOf(context.logits), context.index, ".dl-outside"),
    );
  }
  return parts;
};

const batchNorm = (layer, finding, { then }) => [
  make("p", {}, "Each map is multiplied by one number and another is added. Both follow from what the map's mean and spread were while the network learned."),
  sumOf(line("the number before", finding.terms[0]), line("× scale of this map", finding.scale), line("+ shift of this map", finding.shift), result("the number", finding.value), ...followed(then)),
];

const relu = (layer, finding, { then }) => [
  sumOf(line("the number before", finding.terms[0]), result(finding.terms[0] < 0 ? "below 0 becomes 0" : "above 0 stays", finding.value), ...followed(then)),
];

const add = (layer, finding, { inputs, then }) => [
  sumOf(...finding.terms.map((term, k) => line(`${k ? "+ " : ""}${inputs[k].name}`, term)), result("the sum", finding.value), ...followed(then)),
];

const same = (layer, finding, context) => {
  const from = layer.kind === "flatten" ? `Number ${context.index.toLocaleString("en")} is ${originOf(context.index, context)}.` : "Dropout rests while the network answers: the number passes.";
  return [make("p", {}, from), sumOf(result("the number", finding.value))];
};

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
  dropout: same,
};

/**
 * @param {HTMLElement} area is emptied
 * @param {LayerRecord} layer
 * @param {Finding} finding
 * @param {Context & {index: number}} context
 */
export const writeArithmetic = (area, layer, finding, context) => area.replaceChildren(...WRITERS[layer.kind](layer, finding, context));
