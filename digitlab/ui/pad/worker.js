// The network, in a thread of its own so that the pen never waits for it. It paints the maps of the layers, too.

import { makeNetwork } from "../browser/network.js";
import { prepare } from "../browser/preprocess.js";
import { SIDE } from "../browser/raster.js";
import { readModel } from "../browser/weights.js";
import { makePainter } from "./painter.js";

/** @typedef {import("../browser/strokes.js").Stroke} Stroke */
/** @typedef {import("../browser/preprocess.js").Steps} Steps */
/** @typedef {import("./painter.js").Look} Look */

/**
 * @typedef {Object} Frame
 * @property {number} id grows
 * @property {Stroke | null} stroke the one under way
 * @property {boolean} withMaps whether the maps that can be seen are painted, too
 * @property {number} stamp when the event behind the frame came, in milliseconds since the time origin of the page
 */

const WARM_UP = 12; // passes after which the browser has compiled the arithmetic

const picture = new Float32Array(SIDE * SIDE);
let wanted = ""; // the URL of the network that was last asked for
/** @type {ReturnType<typeof makeNetwork> | null} */
let network = null;
/** @type {Stroke[]} the strokes that are finished */
let finished = [];
/** @type {Float32Array | null} what is shown instead of strokes, [28 × 28] in 0..1 */
let instead = null;
/** @type {Steps | undefined} */
let steps;
let version = 0; // of the content
const painter = makePainter();

const DUTIES = {
  /** @param {{weights: string}} message where the network's weights are */
  load: async ({ weights }) => {
    wanted = weights;
    network = null;
    const response = await fetch(weights);
    // A server behind another path answers with its page instead of the weights.
    if (!response.ok || response.headers.get("content-type") !== "application/octet-stream") {
      throw new Error("the network's weights are not to be had");
    }
    const loaded = makeNetwork(readModel(await response.arrayBuffer()));
    if (wanted !== weights) return;
    for (let pass = 0; pass < WARM_UP; pass++) loaded.read(picture.fill(pass / WARM_UP));
    network = loaded;
    postMessage({ kind: "ready", weights });
  },

  /** @param {{strokes: Stroke[], instead: Float32Array | null, steps: Steps, version: number}} message */
  content: async (message) => {
    ({ strokes: finished, instead, steps, version } = message);
  },

  /** @param {{layer: string, canvas: OffscreenCanvas}} message where the maps of a layer are painted */
  canvas: async ({ layer, canvas }) => painter.give(layer, canvas),

  /** @param {{look: Look}} message which layers can be seen, and how they are painted */
  look: async ({ look }) => {
    painter.look(look);
    if (network) painter.paint(network.outputs);
  },

  /** @param {{id: number, pictures: Float32Array[]}} message each [28 × 28] in 0..1, read by the way */
  read: async ({ id, pictures }) => {
    const readings = pictures.map((one) => network?.read(one) ?? null);
    postMessage({ kind: "read", id, readings });
  },

  /** @param {Frame} message */
  frame: async ({ id, stroke, stamp, withMaps }) => {
    const strokes = stroke ? [...finished, stroke] : finished;
    if (instead && !stroke) picture.set(instead);
    else prepare(strokes, picture, steps);
    const isEmpty = !strokes.length && !instead;
    const reading = network && !isEmpty ? network.read(picture) : null;
    /** @type {import("./painter.js").Painted[]} */
    let maps = [];
    if (network && withMaps) maps = isEmpty ? painter.wipe() : painter.paint(network.outputs);
    const shown = Uint8ClampedArray.from(picture, (ink) => 255 * ink);
    const painted = performance.timeOrigin + performance.now();
    const transfers = maps.flatMap(({ pixels }) => (pixels ? [pixels.data.buffer] : []));
    postMessage({ kind: "frame", id, version, reading, picture: shown, maps, stamp, painted }, { transfer: transfers });
  },
};

self.onmessage = async ({ data: message }) => {
  try {
    await DUTIES[/** @type {keyof typeof DUTIES} */ (message.kind)](message);
  } catch (error) {
    postMessage({ kind: "failed", reason: error instanceof Error ? error.message : String(error) });
  }
};
