// The line to the server: the drawing goes out with its number, commands come in.
//
// The drawing is sent by a request of its own (digitlab/server/inbox.py), one at a time. The server confirms the number
// that it holds; while it is late or away the drawing goes on here, and the newest one is sent when it can be. What the
// server says of an older number changes nothing here.

import { isConnected, watchConnection } from "../shared/connection.js";
import { drawing, strokeOf } from "./drawing.js";

/** @typedef {import("./drawing.js").Digit} Digit */

/**
 * @typedef {Object} Command what the server wants to be done with the drawing
 * @property {string} id
 * @property {number | null} after the number that the server held; null if it held none yet
 * @property {"open" | "digit" | "beneath"} kind open a link's drawing, show a digit in the pad's place, or lay it beneath
 * @property {[number, string][]} [strokes] the link's
 * @property {Digit} [digit]
 */

/**
 * @typedef {Object} ServerState
 * @property {string} session the key of the session's inbox; each session of the server has another
 * @property {number | null} held the number of the drawing that the server holds; null for none
 * @property {Command | null} command
 * @property {Kept} kept what the visitor said of the drawing
 */

/**
 * @typedef {Object} Kept
 * @property {boolean} possible whether this browser can keep corrections
 * @property {boolean} agreed whether the visitor agreed to that
 * @property {number | null} number of the drawing that was corrected
 * @property {number | null} label as which it was kept
 * @property {string} problem why it could not be kept; "" for none
 */

const PATIENCE = 4000; // milliseconds until a message is taken for lost
const PAUSE = 500; // milliseconds until it is sent again

/** @type {Kept} */
const NOTHING_KEPT = { possible: false, agreed: false, number: null, label: null, problem: "" };

/** @type {import("../shared/component.js").Component | null} */
let component = null;
/** @type {ServerState | null} */
let server = null;
let computes = true; // whether this browser answers by itself
let toldComputes = true; // what the server believes of that
let isTelling = false; // a message is under way
let refused = -1; // the number of a drawing that the server could not read; -1 for none
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;
/** @type {Set<() => void>} */
const listeners = new Set();
/** @type {((command: Command) => void) | null} what asks before a link replaces a drawing, once it is on the page */
let ask = null;
/** @type {Command | null} a link that waits for that */
let unasked = null;

/**
 * @param {string} session
 * @returns {Promise<{held: number | null, run: boolean} | null>} which number the server holds now, and whether its script
 *   is to run for it; null where the server is late or away, or the session is gone
 */
const send = async (session) => {
  const { number, instead, beneath } = drawing;
  try {
    const response = await fetch(new URL("api/drawing", document.baseURI), {
      method: "POST",
      body: JSON.stringify({ session, number, computes, strokes: records(), instead, beneath }),
      signal: AbortSignal.timeout(PATIENCE),
    });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
};

const tell = async () => {
  if (!server || isTelling || !isConnected()) return;
  const { session, held } = server;
  const { number } = drawing;
  const isHeld = held === number || (held === null && number === 0);
  if (number === refused || (isHeld && computes === toldComputes)) return;
  clearTimeout(again);
  isTelling = true;
  const saying = computes;
  const answer = await send(session);
  isTelling = false;
  if (!component || !server) return;
  if (server.session === session) {
    if (!answer) {
      again = setTimeout(tell, PAUSE);
      return;
    }
    toldComputes = saying;
    refused = answer.held === null ? number : -1;
    if (answer.held !== null) hold({ ...server, held: answer.held });
    if (answer.run) component.setTriggerValue("said", { what: "run", number });
  }
  tell(); // the drawing may have changed meanwhile
};

/** @param {ServerState} state */
const hold = (state) => {
  server = state;
  if (component) component.element.dataset.held = String(state.held ?? 0);
  for (const listener of listeners) listener();
};

/** @param {Command} command */
const carryOut = ({ kind, strokes, digit }) => {
  if (kind === "open" && strokes) drawing.put({ strokes: strokes.map(strokeOf), instead: null, beneath: null });
  if (kind === "digit" && digit) drawing.put({ instead: digit });
  if (kind === "beneath" && digit) drawing.put({ strokes: [], instead: null, beneath: digit });
};

/** @param {Command} command */
const obey = (command) => {
  if (command.id === drawing.done) return;
  drawing.setDone(command.id);
  const isSame = command.strokes && JSON.stringify(command.strokes) === JSON.stringify(records());
  if (isSame) return;
  if (command.kind === "open" && !drawing.isEmpty) {
    unasked = command;
    return askNow();
  }
  const drawnSince = command.after !== null && drawing.number > command.after;
  if (!drawnSince) carryOut(command);
};
const askNow = () => {
  if (!ask || !unasked) return;
  ask(unasked);
  unasked = null;
};
const records = () => drawing.strokes.map(({ width, text }) => [width, text]);

export const line = {
  /** The number of the drawing that the server holds; null for none. */
  get held() {
    return server?.held ?? null;
  },
  get kept() {
    return server?.kept ?? NOTHING_KEPT;
  },
  /** @param {boolean} can whether this browser answers by itself; otherwise the server does */
  setComputes(can) {
    computes = can;
    tell();
  },
  /**
   * Say something to the server, with the drawing that it is about.
   * @param {string} what
   * @param {Record<string, unknown>} [values]
   */
  say(what, values = {}) {
    component?.setTriggerValue("said", { what, number: drawing.number, strokes: records(), ...values });
  },
  /** @param {(command: Command, open: () => void) => void} question what asks before a link replaces a drawing */
  asks(question) {
    ask = (command) => question(command, () => carryOut(command));
    askNow();
  },
  /** @param {() => void} listener called when the server said something @returns {() => void} stop */
  watch(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

/**
 * @param {import("../shared/component.js").Component} mounted
 * @returns {import("../shared/component.js").Mounted<ServerState>}
 */
export const mount = (mounted) => {
  const stopWatching = [
    drawing.watch(tell),
    watchConnection((connected) => {
      if (connected) tell();
    }),
  ];
  component = mounted;
  return {
    update(data) {
      component = mounted;
      if (data.session !== server?.session) [toldComputes, refused] = [true, -1]; // as with every new session
      hold(data);
      if (data.command) obey(data.command);
      tell();
    },
    unmount() {
      for (const stop of stopWatching) stop();
      clearTimeout(again);
      if (component === mounted) [component, server] = [null, null];
    },
  };
};
