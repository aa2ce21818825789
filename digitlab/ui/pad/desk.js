// The desk: the pad with its tools, the answer, the 28×28 and the maps, all of which follow the pen in the page itself.

import { tableOf } from "../browser/colours.js";
import { openAnswer, verdict } from "./answer.js";
import { findSurface } from "./canvas.js";
import { openChallenge } from "./challenge.js";
import { drawing, fromBase64, stroke } from "./drawing.js";
import { openInk } from "./ink.js";
import { openKeys } from "./keys.js";
import { line } from "./line.js";
import { openMaps } from "./maps.js";
import { markup, relabel } from "./markup.js";
import { watchPen } from "./pen.js";
import { openPhoto } from "./photo.js";
import { openQuestion } from "./question.js";
import { openThread } from "./thread.js";
import { openTools } from "./tools.js";

/** @typedef {import("../browser/network.js").Reading} Reading */
/** @typedef {import("../browser/preprocess.js").Steps} Steps */
/** @typedef {import("./maps.js").LayerText} LayerText */

/**
 * @typedef {Object} Model
 * @property {string} name
 * @property {string} hash
 * @property {string | null} weights where they are, relative to the page; null where the browser cannot compute them
 * @property {LayerText[]} layers
 */

/**
 * @typedef {Object} DeskData
 * @property {Model} model
 * @property {number | null} cut the energy above which a drawing is no digit
 * @property {Steps} steps which steps make the 28×28
 * @property {boolean} perMap whether each map has a scale of its own
 * @property {string[]} amounts colours from low to high
 * @property {string[]} signed colours from below zero to above
 * @property {string[]} digits a colour for each digit
 * @property {string[]} parts which parts are shown: "answer", "seen", "maps", "question"
 * @property {string} locale the reader's language
 * @property {Record<string, string> & {photo_found: import("../shared/words.js").Forms}} words
 */

/** @typedef {{stamp: number, painted: number}} Timing of the newest frame, in milliseconds since 1970 */

const DIGIT_SIDE = 28;

const wordsOf = (/** @type {DeskData} */ { words }) =>
  /** @type {import("./answer.js").AnswerWords} */ (/** @type {unknown} */ (words));

/**
 * @param {import("../shared/component.js").Component} component
 * @returns {import("../shared/component.js").Mounted<DeskData>}
 */
export const mount = ({ element }) => {
  /** @type {DeskData | null} */
  let data = null;
  /** @type {Reading | null} */
  let reading = null;
  let moving = false; // the pen was down when the reading was made
  /** @type {string | null} of the network that was asked for last */
  let weights = "";
  let isReady = false;
  let failed = "";
  /** @type {(() => void)[]} */
  let parts = [];
  /** @type {ReturnType<typeof open> | null} */
  let opened = null;

  /** @param {DeskData} first */
  const open = (first) => {
    element.innerHTML = markup(first);
    element.classList.toggle("dl-is-small", first.parts.includes("small"));
    const get = (/** @type {string} */ selector) => {
      const found = element.querySelector(selector);
      if (!(found instanceof HTMLElement)) throw new Error(`the desk has no ${selector}`);
      return found;
    };
    const canvas = (/** @type {string} */ selector) => /** @type {HTMLCanvasElement} */ (get(selector));
    const ink = openInk(canvas(".dl-ink"), canvas(".dl-wet"));
    const answer = openAnswer(element);
    const picture = document.createElement("canvas");
    picture.className = "dl-picture";
    picture.width = picture.height = DIGIT_SIDE;
    picture.setAttribute("role", "img");
    picture.dataset.name = "seen";
    const seen = picture.getContext("2d", { willReadFrequently: true });
    const pixels = new ImageData(DIGIT_SIDE, DIGIT_SIDE);
    const greys = new Uint32Array(pixels.data.buffer);
    const thread = openThread({ answered, ready, failed: fail });
    const rows = document.createElement("section");
    rows.className = "dl-maps";
    rows.dataset.name = "maps";
    const maps = openMaps(rows, thread, (layer, channel) => line.say("open", { layer, channel }));
    const cover = get(".dl-cover");
    return { ink, answer, picture, seen, pixels, greys, thread, rows, maps, cover };
  };

  // The picture and the maps stand in the server's containers, beside what the server shows where the page does not.
  const arrange = () => {
    if (!opened || failed) return;
    const { picture, rows } = opened;
    for (const [key, part] of /** @type {const} */ ([
      ["seen", picture],
      ["maps", rows],
    ])) {
      const container = document.querySelector(`.st-key-${key}`);
      if (container && part.parentElement !== container) container.prepend(part);
    }
  };
  const watchServer = new MutationObserver(() => {
    arrange();
    showAnswer(moving);
  });

  const ready = () => {
    isReady = true;
    failed = "";
    element.dataset.ready = "";
    delete element.dataset.failed;
    line.setComputes(true);
    showAnswer(false);
  };

  /** @param {string} reason */
  const fail = (reason) => {
    isReady = false;
    failed = reason;
    element.dataset.failed = "";
    opened?.maps.clear();
    opened?.picture.remove();
    opened?.rows.remove();
    line.setComputes(false);
  };

  /** @param {import("./thread.js").Answered} answer */
  const answered = ({ reading: read, picture, maps, moving: wasMoving, version, stamp, painted }) => {
    if (!opened || !data) return;
    [reading, moving] = [read, wasMoving];
    for (let at = 0; at < picture.length; at++) opened.greys[at] = 0xff000000 | (0x010101 * picture[at]);
    opened.seen?.putImageData(opened.pixels, 0, 0);
    opened.maps.painted(maps);
    showAnswer(moving);
    const done = performance.timeOrigin + performance.now();
    element.dataset.answered = String(version);
    element.dispatchEvent(
      new CustomEvent("dl-frame", { bubbles: true, detail: { stamp, painted, done, maps: maps.length } }),
    );
  };

  const showAnswer = (/** @type {boolean} */ moving) => {
    if (!opened || !data || failed) return;
    const words = wordsOf(data);
    opened.answer.show(reading, data.cut, words, data.locale, moving);
    if (!isReady && !drawing.isEmpty) opened.answer.wait(words.loading);
  };

  /** @param {Reading} read */
  const digitOf = (read) => (data ? verdict(read, data.cut, wordsOf(data), data.locale).digit : "");

  // The drawing changed: strokes, what stands in the pad's place, or what lies beneath.
  let shown = /** @type {readonly unknown[]} */ ([]);
  const changed = () => {
    if (!opened || !data) return;
    const { strokes, instead, beneath } = drawing;
    element.dataset.number = String(drawing.number);
    opened.ink.show({ strokes, instead, beneath });
    element.classList.toggle("dl-has-ink", !drawing.isEmpty || Boolean(beneath));
    const now = [strokes, instead, data.steps, drawing.number];
    if (now.every((part, k) => part === shown[k])) return;
    shown = now;
    const image = instead ? Float32Array.from(fromBase64(instead.pixels), (value) => value / 255) : null;
    opened.thread.content(strokes, image, data.steps, drawing.number);
    if (drawing.isEmpty && reading) {
      reading = null;
      showAnswer(false);
    }
  };

  const stopPen = watchPen(findSurface, {
    isOpen: () => opened !== null,
    onMove: (points, stamp) => {
      element.classList.add("dl-has-ink");
      const line = { points, width: drawing.brush };
      opened?.ink.follow(line);
      opened?.thread.follow(line, performance.timeOrigin + stamp);
    },
    onLift: (points, stamp) => {
      opened?.thread.follow(null, performance.timeOrigin + stamp);
      const isKept = drawing.add(stroke(drawing.brush, points));
      element.toggleAttribute("data-full", !isKept);
      opened?.ink.follow(null);
    },
    onLost: () => {
      opened?.ink.follow(null);
      opened?.thread.follow(null, 0);
      changed();
    },
  });

  // The pad is hidden until strokes on it are followed from their first point on (style.css).
  const reveal = () => {
    if (findSurface()) document.documentElement.dataset.pad = "ready";
    else requestAnimationFrame(reveal);
  };

  return {
    update(next) {
      const isFirst = data === null;
      const isOtherLanguage = data?.locale !== next.locale;
      data = next;
      if (isFirst) {
        opened = open(next);
        parts = [
          drawing.watch(changed),
          openTools(element, () => data ?? next),
          openKeys(opened.cover, opened.ink),
          openQuestion(
            element,
            () => data ?? next,
            () => reading,
          ),
        ];
        if (next.parts.includes("inputs")) {
          parts.push(
            openChallenge(
              element,
              () => data ?? next,
              () => ({ reading, moving }),
            ),
          );
          parts.push(openPhoto(element, () => data ?? next, opened.thread.read, digitOf));
        }
        const desk = element.closest(".st-key-desk");
        if (desk) watchServer.observe(desk, { childList: true, subtree: true });
        reveal();
      }
      const { model } = next;
      if (!opened) return;
      if (isOtherLanguage) {
        for (const part of [element, opened.picture, opened.rows]) relabel(part, next.words);
        element.dispatchEvent(new CustomEvent("dl-words"));
      }
      if (model.weights !== weights) {
        weights = model.weights;
        failed = "";
        delete element.dataset.failed;
      }
      arrange();
      document.documentElement.classList.toggle("dl-presents", next.parts.includes("present"));
      if (model.weights === null) fail("the browser does not know a layer of this network");
      else if (!failed) opened.thread.load(model.weights);
      if (model.weights !== null && !failed && next.parts.includes("maps")) {
        opened.maps.show(model.hash, model.layers, {
          perMap: next.perMap,
          tables: { amounts: tableOf(next.amounts), signed: tableOf(next.signed) },
          locale: next.locale,
          words: /** @type {import("./maps.js").MapWords} */ (/** @type {unknown} */ (next.words)),
        });
      }
      if (!isReady) reading = null;
      changed();
      showAnswer(false);
    },
    unmount() {
      stopPen();
      watchServer.disconnect();
      for (const stop of parts) stop();
      opened?.ink.close();
      opened?.answer.close();
      opened?.maps.close();
      opened?.thread.close();
      document.documentElement.classList.remove("dl-presents");
      delete document.documentElement.dataset.pad;
    },
  };
};
