// The page's side of the worker: one frame at a time, always of the newest drawing.

/** @typedef {import("../browser/strokes.js").Stroke} Stroke */
/** @typedef {import("../browser/preprocess.js").Steps} Steps */
/** @typedef {import("../browser/network.js").Reading} Reading */
/** @typedef {import("./painter.js").Look} Look */
/** @typedef {import("./painter.js").Painted} Painted */
/** @typedef {import("./ink.js").Line} Line */

/**
 * @typedef {Object} Answered what came of a frame
 * @property {Reading | null} reading null for an empty pad
 * @property {Uint8ClampedArray} picture [28 × 28] what the network sees, 255 for ink
 * @property {Painted[]} maps what was painted
 * @property {boolean} moving the pen is down
 * @property {number} version the number of the drawing, without the stroke under way
 * @property {number} stamp when the event behind it came
 * @property {number} painted when the worker was done; both in milliseconds since 1970
 */

const SLOW = 20; // milliseconds from asking for a frame to showing it, after which maps come with every second one

/**
 * @param {{answered: (answer: Answered) => void, ready: () => void, failed: (reason: string) => void}} listener
 */
export const openThread = (listener) => {
  /** @type {Worker | null} */
  let worker = null;
  let url = "";
  let isReady = false;
  /** @type {Line | null} */
  let underWay = null;
  let stamp = 0;
  let computing = false;
  let again = false; // something changed while a frame was computed
  let since = 0; // when the last frame was asked for
  let slow = false; // this machine takes long for a frame
  let withMaps = true; // the last frame that was asked for has maps
  let id = 0;
  /** @type {Map<number, (readings: (Reading | null)[]) => void>} */
  const asked = new Map();
  let outdated = 0; // frames up to this number are not to be shown any more

  /** @param {string} reason */
  const fail = (reason) => {
    worker?.terminate();
    worker = null;
    computing = false;
    isReady = false;
    listener.failed(reason);
  };

  const ask = () => {
    if (!worker || !isReady) return;
    again = computing;
    if (computing) return;
    computing = true;
    const stroke = underWay && { points: Float64Array.from(underWay.points), width: underWay.width };
    withMaps = !(stroke && slow && withMaps);
    since = performance.now();
    worker.postMessage({ kind: "frame", id: ++id, stroke, stamp, withMaps });
  };

  /** @param {MessageEvent} event */
  const hear = ({ data }) => {
    if (data.kind === "failed") return fail(data.reason);
    if (data.kind === "ready") {
      if (data.weights !== url) return; // another network was chosen meanwhile
      isReady = true;
      listener.ready();
      return ask();
    }
    if (data.kind === "read") {
      asked.get(data.id)?.(data.readings);
      asked.delete(data.id);
      return ask(); // the maps are those of the drawing again
    }
    computing = false;
    if (data.id > outdated) listener.answered({ ...data, moving: underWay !== null });
    slow = performance.now() - since > SLOW;
    if (again || !withMaps) ask(); // where the pen rests, the maps catch up
  };

  const start = () => {
    const started = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    started.onmessage = hear;
    started.onerror = () => fail("the worker could not be started");
    return started;
  };

  return {
    /** @param {string} weights where a network's weights are */
    load(weights) {
      const wanted = new URL(weights, document.baseURI).href;
      if (wanted === url && worker) return;
      url = wanted;
      isReady = false;
      computing = false;
      outdated = id;
      try {
        worker ??= start();
        worker.postMessage({ kind: "load", weights: wanted });
      } catch {
        fail("this browser has no workers");
      }
    },
    /**
     * @param {Stroke[]} strokes
     * @param {Float32Array | null} instead
     * @param {Steps} steps
     * @param {number} version the number of the drawing
     */
    content(strokes, instead, steps, version) {
      const plain = strokes.map(({ points, width }) => ({ points, width }));
      worker?.postMessage({ kind: "content", strokes: plain, instead, steps, version });
      ask();
    },
    /** @param {Line | null} line the stroke under way @param {number} at when its event came, in milliseconds since 1970 */
    follow(line, at) {
      underWay = line;
      stamp = at;
      if (line) ask();
    },
    /** @param {Float32Array[]} pictures each [28 × 28] in 0..1 @returns {Promise<(Reading | null)[]>} null: no network */
    read(pictures) {
      if (!worker) return Promise.resolve(pictures.map(() => null));
      const mine = ++id;
      const answer = new Promise((resolve) => asked.set(mine, resolve));
      worker.postMessage({ kind: "read", id: mine, pictures });
      return answer;
    },
    /** @param {Look} look */
    look(look) {
      worker?.postMessage({ kind: "look", look });
      ask();
    },
    /** @param {string} layer @param {HTMLCanvasElement} canvas where the worker paints, if this browser can hand it over */
    give(layer, canvas) {
      if (!worker || !canvas.transferControlToOffscreen) return;
      const offscreen = canvas.transferControlToOffscreen();
      worker.postMessage({ kind: "canvas", layer, canvas: offscreen }, [offscreen]);
    },
    close() {
      worker?.terminate();
      worker = null;
    },
  };
};
