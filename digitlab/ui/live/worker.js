// The network, in a thread of its own so that the pen never waits for it.

import { makeNetwork } from "../web/network.js";
import { prepare } from "../web/preprocess.js";
import { SIDE } from "../web/raster.js";
import { flatten, pencilPath } from "../web/strokes.js";
import { readModel } from "../web/weights.js";

/** @typedef {import("../web/strokes.js").Stroke} Stroke */
/** @typedef {import("../web/preprocess.js").Steps} Steps */

const WARM_UP = 12; // passes after which the browser has compiled the arithmetic

const picture = new Float32Array(SIDE * SIDE);
let wanted = ""; // the address of the network that was last asked for
let network = null;
/** @type {Stroke[]} the strokes that are finished */
let finished = [];

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

  /** @param {{strokes: Stroke[]}} message */
  strokes: async ({ strokes }) => { finished = strokes; },

  /** @param {{id: number, points: Float64Array | null, width: number, steps: Steps}} message points: the stroke so far */
  frame: async ({ id, points, width, steps }) => {
    const strokes = points ? [...finished, { points: flatten(pencilPath(points, width)), width }] : finished;
    prepare(strokes, picture, steps);
    const reading = strokes.length && network ? network.read(picture) : null;
    postMessage({ kind: "frame", id, reading, picture: Uint8ClampedArray.from(picture, (ink) => 255 * ink) });
  },
};

onmessage = async ({ data: message }) => {
  try {
    await DUTIES[message.kind](message);
  } catch (error) {
    postMessage({ kind: "failed", reason: error.message });
  }
};
