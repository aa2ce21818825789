// A filter tried on one's own drawing: kernel, stride, padding and pooling, with the arithmetic of one position and an
// animation. Computed here with the arithmetic of every network on the page; the choices go to the server for the URL.

import { MAKERS } from "../web/layers.js";
import { examine } from "../web/microscope.js";
import { scaleFor } from "../web/colours.js";
import { writeArithmetic } from "./arithmetic.js";
import { floatsOf, make } from "./dom.js";
import { makeLegend } from "./legend.js";
import { makeMap } from "./map.js";
import { PRESETS, kernelOf, pack, resized, sizeOf, unpack } from "./kernel_presets.js";

const PACE = 90; // milliseconds for one place of the window

/** A row of buttons of which one is pressed. */
const choice = (label, options, pick) => {
  const group = make("div.dl-choice", { role: "group", "aria-label": label });
  for (const [value, text] of options) {
    group.append(make("button", { type: "button", data: { value: String(value) }, onclick: () => pick(value) }, text));
  }
  const show = (value) => {
    for (const button of group.children) button.setAttribute("aria-pressed", String(button.dataset.value === String(value)));
  };
  return { element: make("div.dl-field", {}, make("span", {}, label), group), show };
};

export const open = (area, tell) => {
  let data = null;
  let input = null;
  let chosen = unpack("");
  let [conv, convolved, pool, pooled] = [null, null, null, null];
  let reached = null; // how many places the animation has computed; null while it is off
  let timer = 0;
  let [looking, index] = ["conv", 0];

  const presets = make("select", { onchange: () => set({ preset: presets.value, values: kernelOf(presets.value, chosen.size) }) },
    ...Object.entries(PRESETS).map(([name, { title }]) => make("option", { value: name }, title)),
    make("option", { value: "own" }, "your own"));
  const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, k) => [from + k, String(from + k)]);
  const controls = {
    size: choice("Kernel", numbers(1, 7), (size) => set({ size, values: chosen.preset === "own" ? resized(chosen.values, size) : kernelOf(chosen.preset, size) })),
    stride: choice("Stride", numbers(1, 3), (stride) => set({ stride })),
    padding: choice("Padding", [["valid", "valid"], ["same", "same"]], (padding) => set({ padding })),
    pool: choice("Pooling", [["none", "none"], ["max2", "max 2"], ["max3", "max 3"], ["mean2", "average 2"], ["mean3", "average 3"]], (value) => set({ pool: value })),
  };
  const grid = make("div.dl-kernel-grid", { role: "group", "aria-label": "The kernel's values" });
  const formula = make("p.dl-formula");
  const inputMap = makeMap("The drawing");
  const convMap = makeMap("The filtered drawing", (row, column) => look("conv", row, column));
  const poolMap = makeMap("After pooling", (row, column) => look("pool", row, column));
  const poolFigure = make("figure", {}, poolMap.element, make("figcaption", {}, "after pooling"));
  const convCaption = make("figcaption");
  const legend = makeLegend();
  const where = make("p.dl-where", { role: "status" });
  const arithmetic = make("div.dl-arithmetic");
  const play = make("button.dl-play", { type: "button", onclick: () => (timer ? stop() : start()) }, "Play");
  const buttons = make("div.dl-steps-buttons", {}, play,
    make("button", { type: "button", data: { step: "-1" }, onclick: () => step(-1) }, "One back"),
    make("button", { type: "button", data: { step: "1" }, onclick: () => step(1) }, "One step"),
    make("button", { type: "button", onclick: () => showAll() }, "Show all"));
  area.classList.add("dl-part-opened");
  area.append(
    make("div.dl-filter-controls", {}, make("label.dl-field", {}, make("span", {}, "Filter"), presets), ...Object.values(controls).map(({ element }) => element)),
    make("div.dl-filter", {},
      make("div", {}, make("p.dl-caption", {}, "The kernel. Type other values:"), grid),
      make("div", {}, formula, buttons)),
    make("div.dl-filter-maps", {},
      make("figure", {}, inputMap.element, make("figcaption", {}, "the drawing, 28×28")),
      make("figure", {}, convMap.element, convCaption),
      poolFigure),
    legend.element, where, arithmetic,
  );

  const set = (changes, send = true) => {
    chosen = { ...chosen, ...changes };
    stop();
    reached = null;
    compute();
    if (send) tell("filter", pack(chosen));
  };

  const compute = () => {
    const { size, stride, padding, values } = chosen;
    const side = sizeOf(28, size, stride, padding);
    conv = { kind: "conv", name: "filter", inputs: ["drawing"], shape: [side, side, 1], kernel: size, stride, padding, activation: "linear",
      weights: { kernel: Float32Array.from(values), bias: new Float32Array(1) } };
    convolved = MAKERS.conv(conv, [input]);
    convolved.run();
    pool = pooled = null;
    if (chosen.pool !== "none") {
      const window = Number(chosen.pool.at(-1));
      const kind = chosen.pool.startsWith("max") ? "max_pool" : "average_pool";
      const small = sizeOf(side, window, window, "valid");
      if (small >= 1) {
        pool = { kind, name: "pooling", inputs: ["filter"], shape: [small, small, 1], size: window, padding: "valid", weights: {} };
        pooled = MAKERS[kind](pool, [convolved]);
        pooled.run();
      }
    }
    showControls();
    showMaps();
    const middle = Math.floor(side / 2);
    convMap.place(middle, middle);
  };

  const showControls = () => {
    presets.value = chosen.preset;
    for (const [name, control] of Object.entries(controls)) control.show(chosen[name]);
    const { size, stride, padding, values } = chosen;
    if (grid.children.length !== size * size) {
      grid.style.setProperty("--size", String(size));
      grid.replaceChildren(...values.map((_, k) => make("input", { type: "number", step: "any", "aria-label": `row ${Math.floor(k / size)}, column ${k % size}`, onchange: () => type(k) })));
    }
    [...grid.children].forEach((field, k) => { if (Number(field.value) !== values[k] || field.value === "") field.value = String(Number(values[k].toFixed(3))); });
    const side = conv.shape[0];
    const border = padding === "same" ? Math.max((side - 1) * stride + size - 28, 0) : 0;
    const rest = (28 + border - size) % stride ? ["⌊", "⌋"] : ["", ""];
    const poolText = pool ? ` Pooling of ${pool.size}: ${pool.shape[0]} = ⌊${side} / ${pool.size}⌋.` : "";
    formula.textContent = `Output size: (input + padding − kernel) / stride + 1 = ${rest[0]}(28 + ${border} − ${size}) / ${stride}${rest[1]} + 1 = ${side}.${poolText}`;
    formula.dataset.side = String(side);
  };

  const type = (k) => {
    const value = Number(grid.children[k].value);
    const values = [...chosen.values];
    values[k] = Number.isFinite(value) ? Math.min(Math.max(value, -99), 99) : 0;
    set({ preset: "own", values });
  };

  const showMaps = () => {
    const inputScale = scaleFor(input.values, data.colours).scale;
    const { scale, ...ends } = scaleFor(convolved.values, data.colours);
    const side = conv.shape[0];
    legend.show(ends);
    inputMap.show(28, 28, (row, column) => input.values[row * 28 + column], inputScale);
    convMap.show(side, side, (row, column) => (reached === null || row * side + column < reached ? convolved.values[row * side + column] : undefined), scale);
    convCaption.textContent = `filtered, ${side}×${side}`;
    poolFigure.hidden = !pool || reached !== null;
    if (pool) poolMap.show(pool.shape[0], pool.shape[1], (row, column) => pooled.values[row * pool.shape[1] + column], scale);
  };

  const look = (which, row, column) => {
    looking = which;
    const [layer, read] = which === "conv" ? [conv, input] : [pool, convolved];
    index = row * layer.shape[1] + column;
    const finding = examine(layer, [read], index);
    const marked = which === "conv" ? inputMap : convMap;
    marked.mark(finding.window);
    where.textContent = `${which === "conv" ? "filtered" : "after pooling"}: row ${row}, column ${column}`;
    writeArithmetic(arithmetic, layer, finding, {
      colours: data.colours,
      inputs: [{ name: which === "conv" ? "drawing" : "filter", shape: read.shape }],
      inputScale: scaleFor(read.values, data.colours).scale,
      origin: null, inputChannel: 0, pickInput: () => {}, then: [], logits: null, index,
    });
    area.dataset.looking = which;
    area.dataset.index = String(index);
    area.dataset.value = String(finding.value);
  };

  // --- the animation -----------------------------------------------------------------------------------

  const count = () => conv.shape[0] * conv.shape[1];

  const go = (place) => {
    reached = Math.min(Math.max(place, 1), count());
    showMaps();
    convMap.place(Math.floor((reached - 1) / conv.shape[1]), (reached - 1) % conv.shape[1]);
    area.dataset.reached = String(reached);
  };

  const step = (by) => {
    stop();
    go((reached ?? (looking === "conv" ? index + 1 : 1)) + by);
  };

  const stop = () => {
    clearInterval(timer);
    timer = 0;
    play.textContent = "Play";
  };

  const start = () => {
    if (reached === null || reached >= count()) go(1);
    play.textContent = "Stop";
    timer = setInterval(() => (reached >= count() ? showAll() : go(reached + 1)), PACE);
  };

  const showAll = () => {
    stop();
    reached = null;
    delete area.dataset.reached;
    showMaps();
  };

  const update = (sent) => {
    const isFirst = data === null;
    const same = data?.input.values === sent.input.values;
    data = sent;
    if (same) return;
    input = { shape: sent.input.shape, values: floatsOf(sent.input.values) };
    if (isFirst) chosen = unpack(sent.filter);
    set({}, false);
  };
  return { update, close: stop };
};
