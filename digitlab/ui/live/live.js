// The live answer: strokes go to the worker while the pen is down, what it says goes onto the page.

import { box, flatten, pencilPath } from "../web/strokes.js";
import { isConnected, isRunning, watchConnection } from "./app.js";
import { showFocusedToolbar, watchPen } from "./pad.js";
import { showReading } from "./view.js";

/** @typedef {import("../web/strokes.js").Stroke} Stroke */

/**
 * @typedef {Object} ServerState what the server last said
 * @property {string} weights where the network's weights are, relative to the page
 * @property {number} brush its width in pixels of the pad
 * @property {number | null} cut the energy above which a drawing is no digit
 * @property {import("../web/preprocess.js").Steps} steps which steps make the 28×28
 * @property {number} revision changes when the server gave the canvas a drawing to start from
 * @property {[number, number[]][]} strokes of the drawing that it has: the brush and x0, y0, x1, y1 …
 * @property {import("./view.js").Reading | null} reading its answer
 * @property {Uint8Array} picture [28 × 28] what it made of the strokes, 0 for paper, 255 for ink
 */

/**
 * @typedef {Object} Area the component's own part of the page
 * @property {() => void} ready says that the live answer has begun
 * @property {(isBusy: boolean) => void} busy says whether an answer is on its way
 * @property {(picture: ArrayLike<number>, source: "live" | "server") => void} paint shows the 28×28
 * @property {(text: string) => void} note puts small print under it; "" takes it away
 */

const PATIENCE = 3000; // milliseconds after a stroke in which the server must begin to answer
const NO_SERVER = "The server does not answer. The answer goes on here; the maps will follow when it is back.";
const NO_WORKER = "No live answer here: the page answers after each stroke.";

/**
 * @param {Area} area
 * @returns {{update: (state: ServerState) => void, close: () => void}}
 */
export const openLive = ({ ready: begun, busy, paint, note }) => {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
  /** @type {ServerState | null} */
  let server = null;
  let ready = false;
  let failed = false;
  /** @type {Stroke[]} finished here, not yet heard of from the server */
  let pending = [];
  /** @type {Float64Array | null} the stroke that is being drawn */
  let drawing = null;
  let shown = null; // the worker's last answer, while it is ahead of the server's
  let computing = false;
  let waiting = false; // something changed while a frame was computed
  let frame = 0; // the last frame's number
  let outdated = 0; // frames up to this number are not to be shown any more

  const ahead = () => drawing !== null || pending.length > 0;

  const ask = () => {
    if (!ready || failed) return;
    waiting = computing;
    if (computing) return;
    computing = true;
    busy(true);
    worker.postMessage({ kind: "frame", id: ++frame, points: drawing, width: server.brush, steps: server.steps });
  };

  const giveStrokes = () => {
    const known = server.strokes.map(([width, points]) => ({ width, points: Float64Array.from(points) }));
    worker.postMessage({ kind: "strokes", strokes: [...known, ...pending] });
  };

  const showServers = () => {
    shown = null;
    outdated = frame;
    showReading(server.reading, server.cut, false);
    paint(server.picture, "server");
  };

  const fail = () => {
    failed = true;
    busy(false);
    worker.terminate();
    pending = [];
    drawing = null;
    if (server) showServers();
    note(NO_WORKER);
  };

  const ANSWERS = {
    ready: ({ weights }) => {
      if (weights !== address(server)) return; // another model was chosen meanwhile
      ready = true;
      showFocusedToolbar(); // by now the canvas is there
      begun();
      ask();
    },
    frame: ({ id, reading, picture }) => {
      computing = false;
      if (waiting) ask();
      if (ready && id > outdated && ahead()) {
        shown = reading;
        paint(picture, "live");
        showReading(reading, server.cut, drawing !== null);
      }
      if (!computing) busy(false);
    },
    failed: fail,
  };
  worker.onmessage = ({ data: message }) => ANSWERS[message.kind](message);
  worker.onerror = fail;

  // A stroke that the canvas lost, because it was given another drawing just then, never comes back from the server.
  let lost = 0;
  const expectServer = () => {
    clearTimeout(lost);
    lost = setTimeout(() => {
      if (!pending.length) return;
      if (!isConnected() || isRunning() || drawing) return expectServer();
      pending = [];
      giveStrokes();
      settle();
    }, PATIENCE);
  };

  const stopWatching = watchConnection((connected) => {
    if (!failed) note(connected ? "" : NO_SERVER);
    expectServer();
  });

  const stopPen = watchPen({
    onMove: (points) => {
      if (drawing && isSameLine(points, drawing)) return;
      drawing = points;
      ask();
    },
    onLift: (points) => {
      const stroke = { points: flatten(pencilPath(points, server.brush)), width: server.brush };
      drawing = null;
      pending.push(stroke);
      giveStrokes();
      ask();
      expectServer();
    },
    onLost: () => {
      drawing = null;
      settle();
    },
    onTool: () => {
      pending = [];
      giveStrokes();
      settle();
    },
  });

  const settle = () => {
    if (ahead()) ask();
    else showServers();
  };

  // The server's answer to the stroke before may replace the page's parts while the next one is drawn; put back what is
  // newer before it can be seen.
  const observer = new MutationObserver(() => {
    if (ahead() && shown) showReading(shown, server.cut, drawing !== null);
  });

  /** @param {ServerState} state */
  const update = (state) => {
    const before = server;
    server = state;
    pending = before?.revision === state.revision ? notIn(pending, before.strokes, state.strokes) : [];
    if (failed) return showServers();
    if (!before || address(before) !== address(state)) {
      ready = false;
      worker.postMessage({ kind: "load", weights: address(state) });
    }
    observer.disconnect();
    for (const part of document.querySelectorAll(".st-key-answer, .st-key-bars")) {
      observer.observe(part, { childList: true, subtree: true });
    }
    showFocusedToolbar();
    giveStrokes();
    settle();
  };

  const close = () => {
    clearTimeout(lost);
    stopWatching();
    stopPen();
    observer.disconnect();
    worker.terminate();
  };
  return { update, close };
};

const address = (state) => new URL(state.weights, document.baseURI).href;

/** Whether a stroke has not grown: it only does so at its end. */
const isSameLine = (a, b) => a.length === b.length && a[a.length - 2] === b[b.length - 2] && a.at(-1) === b.at(-1);

/**
 * The strokes that the server has not got yet.
 * @param {Stroke[]} pending in the order in which they were drawn
 * @param {[number, number[]][]} before the server's strokes until now
 * @param {[number, number[]][]} now
 * @returns {Stroke[]} all of them if the server has nothing new, none if it took something away
 */
export const notIn = (pending, before, now) => {
  if (before.some((stroke, k) => !now[k] || !isSame(stroke, now[k]))) return [];
  const last = now[now.length - 1];
  const arrived = last ? pending.findLastIndex(({ width, points }) => isSame([width, points], last)) : -1;
  return pending.slice(arrived + 1);
};

/** Whether two strokes are one: same ends and same box to a fifth of a pixel, since the server rounds. */
const isSame = ([, a], [, b]) => {
  const marks = (points) => [points[0], points[1], points[points.length - 2], points[points.length - 1], ...box(points)];
  const others = marks(b);
  return marks(a).every((mark, k) => Math.abs(mark - others[k]) < 0.2);
};
