// A filter tried on the drawing: kernel, stride, padding and pooling, with the arithmetic of one position and an
// animation. Computed here with the arithmetic of every network on the page; the choices go to the server for the URL.

import { scaleFor } from "../browser/colours.js";
import { MAKERS } from "../browser/layers.js";
import { examine } from "../browser/microscope.js";
import { make, tensorOf } from "../shared/dom.js";
import { speaker } from "../shared/words.js";
import { writeArithmetic } from "./arithmetic.js";
import { kernelOf, POOLS, PRESETS, pack, resized, sizeOf, unpack } from "./kernel_presets.js";
import { makeLegend } from "./legend.js";
import { makeMap } from "./map.js";

/** @typedef {import("../browser/layers.js").Operation} Operation */
/** @typedef {import("../browser/layers.js").Tensor} Tensor */
/** @typedef {import("../browser/weights.js").Conv} Conv */
/** @typedef {import("../browser/weights.js").Padding} Padding */
/** @typedef {import("../browser/weights.js").Pool} Pool */
/** @typedef {import("./kernel_presets.js").Filter} Filter */

/**
 * @typedef {Object} Data
 * @property {import("../shared/dom.js").SentTensor} input the drawing, [28, 28, 1]
 * @property {string} filter what was chosen, as `pack` writes it
 * @property {import("../browser/colours.js").ColourMaps} colours
 * @property {import("../shared/words.js").Words} words
 * @property {string} locale
 */

/** @typedef {"conv" | "pool"} Looking at which result */

const SIDE = 28;
/** @type {Padding[]} */
const PADDINGS = ["valid", "same"];
const PACE = 90; // milliseconds for one place of the window

/** @param {Filter} filter @returns {Conv} the layer that the filter is */
const convOf = ({ size, stride, padding, values }) => {
  const side = sizeOf(SIDE, size, stride, padding);
  const weights = { kernel: Float32Array.from(values), bias: new Float32Array(1) };
  const shape = [side, side, 1];
  return { kind: "conv", name: "filter", inputs: ["drawing"], shape, kernel: size, stride, padding, weights };
};

/** @param {Filter} filter @param {Conv} conv @returns {Pool | null} what pools its result; null for none */
const poolOf = ({ pool }, conv) => {
  if (pool === "none") return null;
  const size = Number(pool.at(-1));
  const side = sizeOf(conv.shape[0], size, size, "valid");
  const kind = pool.startsWith("max") ? "max_pool" : "average_pool";
  return side < 1
    ? null
    : { kind, name: "pooling", inputs: ["filter"], shape: [side, side, 1], size, padding: "valid" };
};

/**
 * A row of buttons of which one is pressed.
 * @template {string | number} Value
 * @param {Value[]} options
 * @param {(value: Value) => void} pick
 */
const choice = (options, pick) => {
  const buttons = options.map((value) =>
    make("button", { type: "button", data: { value: String(value) }, onclick: () => pick(value) }, String(value)),
  );
  const group = make("div.dl-choice", { role: "group" }, ...buttons);
  const title = make("span");
  /** @param {Value} value */
  const show = (value) => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
  };
  /** @param {string} label @param {(value: string) => string} [textOf] of an option that is not its own text */
  const call = (label, textOf) => {
    title.textContent = label;
    group.setAttribute("aria-label", label);
    if (textOf) for (const button of buttons) button.textContent = textOf(button.dataset.value ?? "");
  };
  return { element: make("div.dl-field", {}, title, group), show, call };
};

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element: area, setTriggerValue: tell }) => {
  let sentInput = ""; // the drawing as it came; none before the first update
  /** @type {import("../browser/colours.js").ColourMaps} */
  let colours;
  /** @type {Tensor} */
  let input = { shape: [SIDE, SIDE, 1], values: new Float32Array(SIDE * SIDE) };
  let chosen = unpack("");
  let conv = convOf(chosen);
  let convolved = MAKERS.conv(conv, [input]);
  let pool = poolOf(chosen, conv);
  let pooled = pool && MAKERS[pool.kind](pool, [convolved]);
  /** @type {number | null} */
  let reached = null; // how many places the animation has computed; null while it is off
  let timer = 0;
  /** @type {Looking} */
  let looking = "conv";
  let index = 0;
  /** @type {HTMLInputElement[]} */
  let fields = []; // of the kernel
  let locale = ""; // of the texts that are shown
  /** @type {import("../shared/words.js").Say} */
  let say = () => "";

  const presets = make(
    "select",
    { onchange: () => set({ preset: presets.value, values: kernelOf(presets.value, chosen.size) }) },
    ...[...Object.keys(PRESETS), "own"].map((name) => make("option", { value: name })),
  );
  /** @param {number} to @returns {number[]} from 1 on */
  const numbers = (to) => Array.from({ length: to }, (_, k) => k + 1);
  const size = choice(numbers(7), (side) =>
    set({
      size: side,
      values: chosen.preset === "own" ? resized(chosen.values, side) : kernelOf(chosen.preset, side),
    }),
  );
  const stride = choice(numbers(3), (step) => set({ stride: step }));
  const padding = choice(PADDINGS, (value) => set({ padding: value }));
  const pooling = choice(POOLS, (value) => set({ pool: value }));
  const grid = make("div.dl-kernel-grid", { role: "group" });
  const formula = make("p.dl-formula");
  const inputMap = makeMap();
  const convMap = makeMap((row, column) => look("conv", row, column));
  const poolMap = makeMap((row, column) => look("pool", row, column));
  const [inputCaption, convCaption, poolCaption] = [make("figcaption"), make("figcaption"), make("figcaption")];
  const poolFigure = make("figure", {}, poolMap.element, poolCaption);
  const filterTitle = make("span");
  const kernelHint = make("p.dl-caption");
  const legend = makeLegend();
  const where = make("p.dl-where", { role: "status" });
  const arithmetic = make("div.dl-arithmetic");
  const play = make("button.dl-play", { type: "button", onclick: () => (timer ? stop() : start()) });
  const back = make("button", { type: "button", data: { step: "-1" }, onclick: () => step(-1) });
  const forth = make("button", { type: "button", data: { step: "1" }, onclick: () => step(1) });
  const all = make("button", { type: "button", onclick: () => showAll() });
  const buttons = make("div.dl-steps-buttons", {}, play, back, forth, all);
  play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches; // single steps are left
  area.classList.add("dl-part-layer");
  area.append(
    make(
      "div.dl-filter-controls",
      {},
      make("label.dl-field", {}, filterTitle, presets),
      ...[size, stride, padding, pooling].map((control) => control.element),
    ),
    make("div.dl-filter", {}, make("div", {}, kernelHint, grid), make("div", {}, formula, buttons)),
    make(
      "div.dl-filter-maps",
      {},
      make("figure", {}, inputMap.element, inputCaption),
      make("figure", {}, convMap.element, convCaption),
      poolFigure,
    ),
    legend.element,
    where,
    arithmetic,
  );

  /** The texts that stay while the language stays. */
  const relabel = () => {
    filterTitle.textContent = say("filter");
    for (const option of presets.options) option.textContent = say(`preset_${option.value}`);
    size.call(say("kernel"));
    stride.call(say("stride"));
    padding.call(say("padding"));
    pooling.call(say("pooling"), (value) => say(`pool_${value}`));
    grid.setAttribute("aria-label", say("kernel_values"));
    kernelHint.textContent = say("kernel_hint");
    inputCaption.textContent = say("drawing_size", { size: `${SIDE}×${SIDE}` });
    poolCaption.textContent = say("pooled");
    inputMap.call(say("drawing"));
    for (const [map, label] of /** @type {const} */ ([
      [convMap, say("filtered")],
      [poolMap, say("pooled")],
    ]))
      map.call(label, say("arrows", { label }));
    back.textContent = say("step_back");
    forth.textContent = say("step");
    all.textContent = say("show_all");
    play.textContent = say(timer ? "stop" : "play");
    fields = []; // they are named by their place
  };

  /** @param {Partial<Filter>} changes @param {boolean} [send] */
  const set = (changes, send = true) => {
    chosen = { ...chosen, ...changes };
    stop();
    reached = null;
    compute();
    if (send) tell("filter", pack(chosen));
  };

  const compute = () => {
    conv = convOf(chosen);
    convolved = MAKERS.conv(conv, [input]);
    convolved.run();
    pool = poolOf(chosen, conv);
    pooled = pool && MAKERS[pool.kind](pool, [convolved]);
    pooled?.run();
    showControls();
    showMaps();
    const first = strongest();
    convMap.place(Math.floor(first / conv.shape[1]), first % conv.shape[1]);
  };

  /** Where the filter answers most; on an empty drawing the middle. */
  const strongest = () => {
    const { values } = convolved;
    let at = Math.floor(values.length / 2);
    for (let k = 0; k < values.length; k++) if (Math.abs(values[k]) > Math.abs(values[at])) at = k;
    return at;
  };

  const showControls = () => {
    presets.value = chosen.preset;
    size.show(chosen.size);
    stride.show(chosen.stride);
    padding.show(chosen.padding);
    pooling.show(chosen.pool);
    showKernel();
    showFormula();
  };

  const showKernel = () => {
    const { size: across, values } = chosen;
    if (fields.length !== values.length) {
      fields = values.map((_, k) =>
        make("input", {
          type: "number",
          step: "any",
          "aria-label": say("cell", { row: Math.floor(k / across), column: k % across }),
          onchange: () => type(k),
        }),
      );
      grid.style.setProperty("--size", String(across));
      grid.replaceChildren(...fields);
    }
    fields.forEach((field, k) => {
      if (Number(field.value) !== values[k] || field.value === "") field.value = String(Number(values[k].toFixed(3)));
    });
  };

  const showFormula = () => {
    const { kernel, stride: step, shape } = conv;
    const side = shape[0];
    const border = conv.padding === "same" ? Math.max((side - 1) * step + kernel - SIDE, 0) : 0;
    const rest = (SIDE + border - kernel) % step ? ["⌊", "⌋"] : ["", ""];
    const sum = `${rest[0]}(${SIDE} + ${border} − ${kernel}) / ${step}${rest[1]} + 1 = ${side}`;
    const texts = [say("formula", { sum })];
    if (pool) {
      texts.push(say("pool_formula", { size: pool.size, sum: `⌊${side} / ${pool.size}⌋ = ${pool.shape[0]}` }));
    }
    formula.textContent = texts.join(" ");
    formula.dataset.side = String(side);
  };

  /** @param {number} k which of the kernel's values was typed */
  const type = (k) => {
    const value = Number(fields[k].value);
    const values = [...chosen.values];
    values[k] = Number.isFinite(value) ? Math.min(Math.max(value, -99), 99) : 0;
    set({ preset: "own", values });
  };

  const showMaps = () => {
    const inputScale = scaleFor(input.values, colours).scale;
    const { scale, ...ends } = scaleFor(convolved.values, colours);
    const side = conv.shape[0];
    const until = reached ?? Number.POSITIVE_INFINITY;
    legend.show(ends);
    inputMap.show(SIDE, SIDE, (row, column) => input.values[row * SIDE + column], inputScale);
    convMap.show(
      side,
      side,
      (row, column) => (row * side + column < until ? convolved.values[row * side + column] : undefined),
      scale,
    );
    convCaption.textContent = say("filtered_size", { size: `${side}×${side}` });
    poolFigure.hidden = !pooled || reached !== null;
    if (!pooled) return;
    const { shape, values } = pooled;
    poolMap.show(shape[0], shape[1], (row, column) => values[row * shape[1] + column], scale);
  };

  /** @param {Looking} which @param {number} row @param {number} column */
  const look = (which, row, column) => {
    looking = which;
    const [layer, read, marked, name] =
      which === "pool" && pool
        ? /** @type {const} */ ([pool, convolved, convMap, "filter"])
        : /** @type {const} */ ([conv, input, inputMap, "drawing"]);
    index = row * layer.shape[1] + column;
    const finding = examine(layer, [read], index);
    marked.mark(finding.window);
    where.textContent = say(which === "conv" ? "filtered_at" : "pooled_at", { row, column });
    writeArithmetic(arithmetic, layer, finding, {
      colours,
      inputs: [{ name, shape: read.shape }],
      inputScale: scaleFor(read.values, colours).scale,
      origin: null,
      say,
      inputChannel: 0,
      pickInput: () => {},
      followed: [],
      logits: null,
      index,
    });
    area.dataset.looking = which;
    area.dataset.index = String(index);
    area.dataset.value = String(finding.value);
  };

  // --- the animation -----------------------------------------------------------------------------------

  const count = () => conv.shape[0] * conv.shape[1];
  const isAll = () => reached === null || reached >= count();

  /** @param {number} places */
  const go = (places) => {
    reached = Math.min(Math.max(places, 1), count());
    showMaps();
    convMap.place(Math.floor((reached - 1) / conv.shape[1]), (reached - 1) % conv.shape[1]);
    area.dataset.reached = String(reached);
  };

  /** @param {number} by */
  const step = (by) => {
    stop();
    go((reached ?? (looking === "conv" ? index + 1 : 1)) + by);
  };

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = say("play");
  };

  const start = () => {
    if (isAll()) go(Math.max(convolved.values.findIndex(Boolean), 0) + 1); // what lies before is empty
    play.textContent = say("stop");
    timer = setInterval(() => (isAll() ? showAll() : go((reached ?? 0) + 1)), PACE);
  };

  const showAll = () => {
    stop();
    reached = null;
    delete area.dataset.reached;
    showMaps();
  };

  /** @param {Data} sent */
  const update = (sent) => {
    const isFirst = sentInput === "";
    const isSpoken = sent.locale !== locale;
    colours = sent.colours;
    locale = sent.locale;
    say = speaker(sent);
    if (isSpoken) relabel();
    if (sentInput === sent.input.values) {
      if (isSpoken) compute();
      return;
    }
    sentInput = sent.input.values;
    input = tensorOf(sent.input);
    if (isFirst) chosen = unpack(sent.filter);
    set({}, false);
  };
  return { update, unmount: stop };
};
