// A layer opened: its channels, one of them large, its kernels, and the microscope that follows the pointer.
//
// The server sends the layer's numbers and its inputs'; weights come once, as the network's exact form. Which channel and
// which input map are shown, in which order and at which place, is decided here; the server hears of the channel.

import { examine, follow, isKnown, placeOf } from "../web/microscope.js";
import { scaleFor } from "../web/colours.js";
import { readModel } from "../web/weights.js";
import { writeArithmetic } from "./arithmetic.js";
import { makeChannels, orderOf, placeText, strengths } from "./channels.js";
import { floatsOf, make, number, shapeText } from "./dom.js";
import { makeKernels } from "./kernels.js";
import { makeMap } from "./map.js";
import { makeLegend } from "./legend.js";

const NOT_KNOWN = "The microscope does not know this kind of layer, so it shows what came out and not how.";
const NO_WEIGHTS = "The layer's weights could not be loaded; reload the page.";
const ROWS_OF = 128; // cells in a row of a flat layer with many numbers

/** @type {Map<string, Promise<Map<string, any>>>} layers with their weights, by address */
const FETCHED = new Map();

const layersAt = (address) => {
  if (!FETCHED.has(address)) {
    const wanted = fetch(new URL(address, document.baseURI)).then(async (response) => {
      if (!response.ok || response.headers.get("content-type") !== "application/octet-stream") throw new Error(NO_WEIGHTS);
      return new Map(readModel(await response.arrayBuffer()).layers.map((layer) => [layer.name, layer]));
    });
    wanted.catch(() => FETCHED.delete(address));
    FETCHED.set(address, wanted);
  }
  return FETCHED.get(address);
};

const tensorOf = ({ shape, values }) => ({ shape, values: floatsOf(values) });

export const open = (area, tell) => {
  let data = null;
  let output = null;
  let inputs = [];
  let layer = null; // with its weights; null until they are there
  let followers = [];
  let [channel, inputChannel, index] = [0, 0, 0];
  let byStrength = false;

  const readout = make("output.dl-readout");
  const sorting = make("div.dl-choice", { role: "group", "aria-label": "Order of the channels" });
  for (const [text, value] of [["by number", false], ["by strength", true]]) {
    sorting.append(make("button", { type: "button", data: { sort: String(value) }, onclick: () => { byStrength = value; showChannels(); } }, text));
  }
  const legend = makeLegend();
  const channels = makeChannels({ pick: (picked) => pick(picked), read: (...place) => { readout.textContent = placeText(...place); } });
  const outputMap = makeMap("The layer's numbers", (row, column, pinned) => look(row, column, pinned));
  const inputMap = makeMap("What the layer reads");
  const inputCaption = make("figcaption");
  const outputCaption = make("figcaption");
  const inputFigure = make("figure", {}, inputMap.element, inputCaption);
  const digits = make("div.dl-digits", {}, ...Array.from({ length: 10 }, (_, digit) => make("span", {}, String(digit))));
  const maps = make("div.dl-maps", {}, inputFigure, make("figure", {}, outputMap.element, digits, outputCaption));
  const where = make("p.dl-where", { role: "status", "aria-live": "polite" });
  const arithmetic = make("div.dl-arithmetic");
  const microscope = make("div.dl-microscope", {}, maps, make("div", {}, where, arithmetic));
  const kernels = makeKernels((picked) => pickInput(picked));
  area.append(
    make("div.dl-channel-head", {}, sorting, legend.element, readout),
    channels.element,
    microscope,
    kernels.element,
  );

  const isFlat = () => output.shape.length === 1;
  const columnsOf = (count) => (count <= ROWS_OF ? count : ROWS_OF);
  const flatOrder = () => orderOf(output.values.map(Math.abs), byStrength);

  const pick = (picked) => {
    if (picked === channel && !isFlat()) return;
    channel = picked;
    tell("channel", picked);
    showChannels();
    showMaps();
    look(...outputMap.where(), false);
  };

  const pickInput = (picked) => {
    inputChannel = picked;
    showMaps();
    showKernels();
    look(...outputMap.where(), false);
  };

  const showChannels = () => {
    for (const button of sorting.children) button.setAttribute("aria-pressed", String(button.dataset.sort === String(byStrength)));
    const { scale, ...ends } = scaleFor(output.values, data.colours);
    legend.show(ends);
    channels.element.hidden = isFlat();
    if (isFlat()) return showMaps();
    channels.show(output, orderOf(strengths(output.values, output.shape[2]), byStrength), channel, scale);
  };

  const showMaps = () => {
    const { scale } = scaleFor(output.values, data.colours);
    microscope.classList.toggle("dl-flat", isFlat());
    digits.hidden = !data.answers || byStrength;
    if (isFlat()) {
      const count = output.shape[0];
      const columns = columnsOf(count);
      const order = flatOrder();
      outputMap.show(Math.ceil(count / columns), columns, (row, column) => output.values[order[row * columns + column]], scale);
      outputMap.element.classList.add("dl-cells");
      outputCaption.textContent = `${count.toLocaleString("en")} numbers, one cell each`;
    } else {
      const [height, width, count] = output.shape;
      outputMap.show(height, width, (row, column) => output.values[(row * width + column) * count + channel], scale);
      outputMap.element.classList.remove("dl-cells");
      outputCaption.textContent = `channel ${channel} of ${data.layer.name}, ${height}×${width}`;
    }
    const [first] = inputs;
    inputFigure.hidden = first.shape.length !== 3 || isFlat();
    if (inputFigure.hidden) return;
    const [height, width, count] = first.shape;
    const shown = data.layer.kind === "conv" ? inputChannel : channel;
    const inputScale = scaleFor(first.values, data.colours).scale;
    inputMap.show(height, width, (row, column) => first.values[(row * width + column) * count + shown], inputScale);
    inputCaption.textContent = count > 1 ? `map ${shown} of ${first.name}, ${height}×${width}` : `${first.name}, ${height}×${width}`;
  };

  const showKernels = () => {
    kernels.element.hidden = !layer || layer.kind !== "conv";
    if (!kernels.element.hidden) kernels.show(layer, inputs[0].shape[2], channel, inputChannel, data.colours);
  };

  const look = (row, column, pinned) => {
    if (isFlat()) {
      const columns = columnsOf(output.shape[0]);
      index = flatOrder()[Math.min(row * columns + column, output.shape[0] - 1)];
      if (pinned && index !== channel) {
        channel = index;
        tell("channel", index);
      }
      where.textContent = `number ${index.toLocaleString("en")} of ${data.layer.name}: ${number(output.values[index])}`;
    } else {
      const [, width, count] = output.shape;
      index = (row * width + column) * count + channel;
      where.textContent = placeText(channel, row, column, output.values[index]);
    }
    area.dataset.index = String(index);
    explain();
  };

  const explain = () => {
    if (!isKnown(data.layer.kind)) return arithmetic.replaceChildren(make("p", {}, NOT_KNOWN));
    if (!layer) return;
    const finding = examine(layer, inputs, index);
    if (!inputFigure.hidden) inputMap.mark(finding.window ?? { top: placeOf(output.shape, index)[0], left: placeOf(output.shape, index)[1], height: 1, width: 1 });
    const last = output.shape[output.shape.length - 1];
    writeArithmetic(arithmetic, layer, finding, {
      colours: data.colours,
      inputs,
      inputScale: scaleFor(inputs[0].values, data.colours).scale,
      origin: data.origin,
      inputChannel,
      pickInput,
      then: follow(followers, finding.value, index % last),
      logits: data.logits ? output.values : null,
      index,
    });
    area.dataset.value = String(finding.value);
  };

  /** Begin where the channel is furthest from nought, or with the opened number of a flat layer. */
  const begin = () => {
    if (isFlat()) {
      const place = flatOrder().indexOf(channel);
      const columns = columnsOf(output.shape[0]);
      outputMap.place(Math.floor(place / columns), place % columns);
    } else {
      const [, width, count] = output.shape;
      let furthest = channel;
      for (let k = channel; k < output.values.length; k += count) {
        if (Math.abs(output.values[k]) > Math.abs(output.values[furthest])) furthest = k;
      }
      const place = Math.floor(furthest / count);
      outputMap.place(Math.floor(place / width), place % width);
    }
  };

  const load = async (address, name) => {
    layer = null;
    arithmetic.replaceChildren();
    const wanted = data.id;
    try {
      const layers = isKnown(data.layer.kind) ? await layersAt(address) : new Map();
      if (data.id !== wanted) return;
      layer = layers.get(name) ?? null;
      followers = layer ? data.followers.map((follower) => layers.get(follower)) : [];
    } catch {
      if (data.id === wanted) arithmetic.replaceChildren(make("p", {}, NO_WEIGHTS));
      return;
    }
    inputChannel = layer?.kind === "conv" ? strongestInput() : 0;
    showMaps();
    showKernels();
    begin();
    area.dataset.layer = data.layer.name;
  };

  /** The input map that this channel's kernel weighs most. */
  const strongestInput = () => {
    const [, , count] = inputs[0].shape;
    const weight = new Float64Array(count);
    const filters = layer.shape[2];
    layer.weights.kernel.forEach((value, k) => { if (k % filters === channel) weight[Math.floor(k / filters) % count] += Math.abs(value); });
    return weight.indexOf(Math.max(...weight));
  };

  const update = (sent) => {
    const isNew = data?.id !== sent.id;
    data = sent;
    output = tensorOf(sent.output);
    inputs = sent.inputs.map((input) => ({ name: input.name, ...tensorOf(input) }));
    if (isNew) {
      channel = sent.channel;
      delete area.dataset.layer;
      outputMap.element.setAttribute("aria-label", `${sent.layer.title} ${sent.layer.name}, ${shapeText(output.shape)}. Arrow keys move over it.`);
    }
    showChannels();
    showMaps();
    if (isNew) load(sent.weights, sent.layer.name);
    else if (layer) look(...outputMap.where(), false);
  };
  return { update };
};
