// A layer opened: its channels, one of them large, its kernels, and the microscope that follows the pointer.
//
// The server sends the layer's numbers and its inputs'; weights come once, as the network's exact form. Which channel and
// which input map are shown, in which order and at which place, is decided here; the server hears of the channel.

import { scaleFor } from "../browser/colours.js";
import { examine, follow, isKnown, mapBehind } from "../browser/microscope.js";
import { placeOf } from "../browser/places.js";
import { readModel } from "../browser/weights.js";
import { make, number, shapeText, tensorOf } from "../shared/dom.js";
import { speaker } from "../shared/words.js";
import { writeArithmetic } from "./arithmetic.js";
import { makeChannels, orderOf, strengths } from "./channels.js";
import { makeKernels } from "./kernels.js";
import { makeLegend } from "./legend.js";
import { makeMap } from "./map.js";

/** @typedef {import("../browser/layers.js").Tensor} Tensor */
/** @typedef {import("../browser/weights.js").Conv} Conv */
/** @typedef {import("../browser/weights.js").LayerRecord} LayerRecord */
/** @typedef {import("../shared/dom.js").SentTensor} SentTensor */
/** @typedef {{name: string} & Tensor} Input what the layer reads, by the name of the layer that gives it */

/**
 * @typedef {Object} Data
 * @property {string} id another one for another layer or network
 * @property {string} weights URL of the layer and its followers, in the exact form
 * @property {{name: string, kind: string, title: string}} layer
 * @property {SentTensor} output
 * @property {({name: string} & SentTensor)[]} inputs
 * @property {string[]} followers names of the layers that change each number by itself
 * @property {number[] | null} origin the maps that a flat input was laid out from
 * @property {boolean} answers whether it is the network's last layer
 * @property {boolean} logits whether it gives logits
 * @property {number} channel the opened one
 * @property {import("../browser/colours.js").ColourMaps} colours
 * @property {import("../shared/words.js").Words} words
 * @property {string} locale
 */

const ROWS_OF = 128; // cells in a row of a flat layer with many numbers

/** @type {Map<string, Promise<Map<string, LayerRecord>>>} layers with their weights, by URL */
const FETCHED = new Map();

/** @param {string} url @returns {Promise<Map<string, LayerRecord>>} */
const layersAt = (url) => {
  const known = FETCHED.get(url);
  if (known) return known;
  const wanted = fetch(new URL(url, document.baseURI)).then(async (response) => {
    if (!response.ok || response.headers.get("content-type") !== "application/octet-stream")
      throw new Error("no weights");
    return new Map(readModel(await response.arrayBuffer()).layers.map((layer) => [layer.name, layer]));
  });
  wanted.catch(() => FETCHED.delete(url));
  FETCHED.set(url, wanted);
  return wanted;
};

/** @param {import("../shared/component.js").Component} component @returns {import("../shared/component.js").Mounted<Data>} */
export const mount = ({ element: area, setTriggerValue: tell }) => {
  /** @type {Data} */
  let data; // from the first update on, like `output`
  /** @type {Tensor} */
  let output;
  /** @type {Input[]} */
  let inputs = [];
  /** @type {LayerRecord | null} */
  let layer = null; // with its weights; null until they are there
  /** @type {LayerRecord[]} */
  let followers = [];
  let [channel, inputChannel, index] = [0, 0, 0];
  let byStrength = false;
  /** @type {import("../shared/words.js").Say} */
  let say = () => "";

  const readout = make("output.dl-readout");
  /** @param {boolean} value */
  const sort = (value) => {
    byStrength = value;
    showChannels();
  };
  const sorts = [false, true].map((value) =>
    make("button", { type: "button", data: { sort: String(value) }, onclick: () => sort(value) }),
  );
  const sorting = make("div.dl-choice", { role: "group" }, ...sorts);
  const legend = makeLegend();
  const channels = makeChannels({
    pick: (picked) => pick(picked),
    read: (...place) => {
      readout.textContent = placeText(...place);
    },
  });
  const outputMap = makeMap((row, column, pinned) => look(row, column, pinned));
  const inputMap = makeMap();
  const inputCaption = make("figcaption");
  const outputCaption = make("figcaption");
  const inputFigure = make("figure", {}, inputMap.element, inputCaption);
  const digits = make(
    "div.dl-digits",
    {},
    ...Array.from({ length: 10 }, (_, digit) => make("span", {}, String(digit))),
  );
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

  /** What the pointer is on. @param {number} at the channel @param {number} row @param {number} column @param {number} value */
  const placeText = (at, row, column, value) => say("place", { channel: at, row, column, value: number(value) });

  /** The texts that stay while the layer stays. */
  const relabel = () => {
    sorting.setAttribute("aria-label", say("order"));
    for (const button of sorts) button.textContent = say(button.dataset.sort === "true" ? "by_strength" : "by_number");
    inputMap.call(say("input_map"));
    const { title, name } = data.layer;
    const label = say("output_map", { title, layer: name, shape: shapeText(output.shape) });
    outputMap.call(label, say("arrows", { label }));
  };

  const isFlat = () => output.shape.length === 1;
  /** @param {number} count */
  const columnsOf = (count) => Math.min(count, ROWS_OF);
  const flatOrder = () => orderOf(output.values.map(Math.abs), byStrength);

  /** @param {number} picked */
  const pick = (picked) => {
    if (picked === channel && !isFlat()) return;
    channel = picked;
    tell("channel", picked);
    showChannels();
    showMaps();
    look(...outputMap.where(), false);
  };

  /** @param {number} picked */
  const pickInput = (picked) => {
    inputChannel = picked;
    showMaps();
    showKernels();
    look(...outputMap.where(), false);
  };

  const showChannels = () => {
    for (const button of sorts) button.setAttribute("aria-pressed", String(button.dataset.sort === String(byStrength)));
    const { scale, ...ends } = scaleFor(output.values, data.colours);
    legend.show(ends);
    channels.element.hidden = isFlat();
    if (isFlat()) {
      showMaps();
      return;
    }
    channels.show(output, orderOf(strengths(output.values, output.shape[2]), byStrength), channel, scale, say);
  };

  const showMaps = () => {
    const { scale } = scaleFor(output.values, data.colours);
    microscope.classList.toggle("dl-flat", isFlat());
    digits.hidden = !data.answers || byStrength;
    if (isFlat()) {
      const count = output.shape[0];
      const columns = columnsOf(count);
      const order = flatOrder();
      outputMap.show(
        Math.ceil(count / columns),
        columns,
        (row, column) => output.values[order[row * columns + column]],
        scale,
      );
      outputMap.element.classList.add("dl-cells");
      outputCaption.textContent = say("cells", { count });
    } else {
      const [height, width, count] = output.shape;
      outputMap.show(height, width, (row, column) => output.values[(row * width + column) * count + channel], scale);
      outputMap.element.classList.remove("dl-cells");
      outputCaption.textContent = say("channel_of", { channel, layer: data.layer.name, size: `${height}×${width}` });
    }
    inputFigure.hidden = inputs[0].shape.length !== 3 || isFlat();
    if (inputFigure.hidden) return;
    const behind = mapBehind(data.layer.kind, inputs, channel, output.shape[2]);
    const read = inputs[behind.input];
    const [height, width, count] = read.shape;
    const shown = data.layer.kind === "conv" ? inputChannel : behind.map;
    const inputScale = scaleFor(read.values, data.colours).scale;
    inputMap.show(height, width, (row, column) => read.values[(row * width + column) * count + shown], inputScale);
    const size = `${height}×${width}`;
    inputCaption.textContent =
      count > 1 ? say("map_of", { map: shown, layer: read.name, size }) : say("map_alone", { layer: read.name, size });
  };

  const showKernels = () => {
    kernels.element.hidden = layer?.kind !== "conv";
    if (layer?.kind === "conv") {
      kernels.show(layer, inputs[0].shape[2], channel, inputChannel, data.colours, say);
    }
  };

  /** @param {number} row @param {number} column @param {boolean} pinned */
  const look = (row, column, pinned) => {
    if (isFlat()) {
      const columns = columnsOf(output.shape[0]);
      index = flatOrder()[Math.min(row * columns + column, output.shape[0] - 1)];
      if (pinned && index !== channel) {
        channel = index;
        tell("channel", index);
      }
      where.textContent = say("number_of", { index, layer: data.layer.name, value: number(output.values[index]) });
    } else {
      const [, width, count] = output.shape;
      index = (row * width + column) * count + channel;
      where.textContent = placeText(channel, row, column, output.values[index]);
    }
    area.dataset.index = String(index);
    explain();
  };

  /** The same place of the input, where its maps are as large as the layer's. */
  const samePlace = () => {
    const [top, left] = placeOf(output.shape, index);
    const alike = inputs[0].shape[0] === output.shape[0] && inputs[0].shape[1] === output.shape[1];
    return alike ? { top, left, height: 1, width: 1 } : undefined;
  };

  const explain = () => {
    if (!isKnown(data.layer.kind)) arithmetic.replaceChildren(make("p", {}, say("not_known")));
    if (!layer) return;
    const finding = examine(layer, inputs, index);
    if (!inputFigure.hidden) inputMap.mark(finding.window ?? samePlace());
    const last = output.shape[output.shape.length - 1];
    writeArithmetic(arithmetic, layer, finding, {
      colours: data.colours,
      inputs,
      inputScale: scaleFor(inputs[0].values, data.colours).scale,
      origin: data.origin,
      say,
      inputChannel,
      pickInput,
      followed: follow(followers, finding.value, index % last),
      logits: data.logits ? output.values : null,
      index,
    });
    area.dataset.value = String(finding.value);
  };

  /** Begin where the channel is furthest from 0, or with the opened number of a flat layer. */
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

  /** @param {string} url @param {string} name */
  const load = async (url, name) => {
    layer = null;
    arithmetic.replaceChildren();
    const wanted = data.id;
    try {
      /** @type {Map<string, LayerRecord>} */
      const layers = isKnown(data.layer.kind) ? await layersAt(url) : new Map();
      if (data.id !== wanted) return;
      layer = layers.get(name) ?? null;
      followers = layer ? data.followers.flatMap((follower) => layers.get(follower) ?? []) : [];
    } catch {
      if (data.id === wanted) arithmetic.replaceChildren(make("p", {}, say("no_weights")));
      return;
    }
    inputChannel = layer?.kind === "conv" ? strongestInput(layer) : 0;
    showMaps();
    showKernels();
    begin();
    area.dataset.layer = data.layer.name;
  };

  /** The input map that this channel's kernel weighs most. @param {Conv} conv */
  const strongestInput = ({ shape, weights }) => {
    const [, , count] = inputs[0].shape;
    const [, , filters] = shape;
    const weight = new Float64Array(count);
    weights.kernel.forEach((value, k) => {
      if (k % filters === channel) weight[Math.floor(k / filters) % count] += Math.abs(value);
    });
    return weight.indexOf(Math.max(...weight));
  };

  /** @param {Data} sent */
  const update = (sent) => {
    const isNew = data?.id !== sent.id;
    const isSpoken = data?.locale !== sent.locale;
    data = sent;
    say = speaker(sent);
    output = tensorOf(sent.output);
    inputs = sent.inputs.map((input) => ({ name: input.name, ...tensorOf(input) }));
    if (isNew) {
      channel = sent.channel;
      delete area.dataset.layer;
    }
    if (isNew || isSpoken) relabel();
    showChannels();
    showMaps();
    if (isNew) load(sent.weights, sent.layer.name);
    else if (layer) {
      if (isSpoken) showKernels();
      look(...outputMap.where(), false);
    }
  };
  return { update };
};
