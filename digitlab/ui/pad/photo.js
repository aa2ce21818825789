// A photo in the pad's place: each digit that was found has a box with its answer; pressing one shows it to the network.
//
// The server finds the ink and keeps nothing, so a part of the photo is asked for with the photo; the answers are
// computed here.

import { counted, filled } from "../shared/words.js";
import { drawing, fromBase64, toBase64 } from "./drawing.js";

/** @typedef {import("../browser/network.js").Reading} Reading */
/** @typedef {import("./desk.js").DeskData} DeskData */

/**
 * @typedef {Object} Finding what the server found in a photo
 * @property {number} width of the photo in pixels
 * @property {number} height
 * @property {string} photo the photo as it was read, a data: URL
 * @property {string} ink what was taken for ink, a data: URL of a picture of the same size that is clear elsewhere
 * @property {{box: [number, number, number, number], pixels: string}[]} found left, top, right, bottom in pixels
 */

const TO_READ = "api/photo";
const SMALLEST = 24; // pixels of the page: a shorter drag is a press
const VIEW = 56; // pixels of a step as the panel of steps shows it
const AROUND = 1.3; // how much wider a step is than the digit in it
const OUTSIDE = "rgb(11 13 18 / .6)"; // over what lies beyond the chosen part
const WHOLE = [0, 0, 1, 1]; // left, top, right and bottom edge of a part, as shares of the photo

/** @param {string} url @returns {Promise<HTMLImageElement>} */
const load = async (url) => {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
};

/**
 * @param {HTMLImageElement[]} layers of the photo, from below
 * @param {[number, number, number, number]} box left, top, right, bottom
 * @returns {string} base64 of [56 × 56 × 3] bytes: the square around the box
 */
const viewOf = (layers, [left, top, right, bottom]) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = VIEW;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const scale = VIEW / (AROUND * Math.max(right - left, bottom - top));
  context.setTransform(scale, 0, 0, scale, VIEW / 2, VIEW / 2);
  context.translate(-(left + right) / 2, -(top + bottom) / 2);
  for (const layer of layers) context.drawImage(layer, 0, 0);
  const { data } = context.getImageData(0, 0, VIEW, VIEW);
  return toBase64(Uint8Array.from(data.filter((_, at) => at % 4 < 3)));
};

/**
 * @param {HTMLElement} root
 * @param {() => DeskData} data the newest
 * @param {(pictures: Float32Array[]) => Promise<(Reading | null)[]>} read
 * @param {(reading: Reading) => string} digitOf the digit, or "?"
 * @returns {() => void} stop
 */
export const openPhoto = (root, data, read, digitOf) => {
  const area = /** @type {HTMLElement} */ (root.querySelector(".dl-photo"));
  const canvas = /** @type {HTMLCanvasElement} */ (area.querySelector("canvas"));
  const boxes = /** @type {HTMLElement} */ (area.querySelector(".dl-boxes"));
  const note = /** @type {HTMLElement} */ (area.querySelector("p"));
  const close = /** @type {HTMLButtonElement} */ (area.querySelector("[data-close]"));
  const file = /** @type {HTMLInputElement} */ (root.querySelector(".dl-file"));
  const camera = /** @type {HTMLInputElement} */ (root.querySelector(".dl-file-camera"));
  const button = /** @type {HTMLButtonElement} */ (root.querySelector('[data-tool="photo"]'));
  const take = /** @type {HTMLButtonElement} */ (root.querySelector('[data-tool="camera"]'));
  let name = "";
  /** @type {Blob | null} the photo's file */
  let chosen = null;
  /** @type {Finding | null} what the whole photo shows */
  let whole = null;
  let latest = 0; // number of the newest request

  /** @param {string} text */
  const say = (text) => {
    note.textContent = text;
  };

  /** @param {Finding} finding @param {number[]} part where it lies in the photo */
  const show = async (finding, [left, top, right, bottom]) => {
    whole ??= finding;
    const [image, seen, ink] = await Promise.all([load(whole.photo), load(finding.photo), load(finding.ink)]);
    canvas.width = whole.width;
    canvas.height = whole.height;
    canvas.style.aspectRatio = `${whole.width} / ${whole.height}`;
    const { width, height } = canvas;
    const [x, y, across, down] = [left * width, top * height, (right - left) * width, (bottom - top) * height];
    const context = canvas.getContext("2d");
    context?.drawImage(image, 0, 0);
    context?.drawImage(ink, x, y, across, down);
    if (context && finding !== whole) {
      context.fillStyle = OUTSIDE;
      context.beginPath();
      context.rect(0, 0, width, height);
      context.rect(x, y, across, down);
      context.fill("evenodd");
    }
    const pictures = finding.found.map(({ pixels }) => Float32Array.from(fromBase64(pixels), (value) => value / 255));
    const readings = await read(pictures);
    const { words, locale } = data();
    boxes.replaceChildren(
      ...finding.found.map(({ box: place, pixels }, k) => {
        const [x0, y0, x1, y1] = place;
        const box = document.createElement("button");
        const reading = readings[k];
        const digit = reading ? digitOf(reading) : "";
        box.type = "button";
        box.style.left = `${100 * (left + ((right - left) * x0) / finding.width)}%`;
        box.style.top = `${100 * (top + ((bottom - top) * y0) / finding.height)}%`;
        box.style.width = `${(100 * (right - left) * (x1 - x0)) / finding.width}%`;
        box.style.height = `${(100 * (bottom - top) * (y1 - y0)) / finding.height}%`;
        box.dataset.digit = digit;
        box.setAttribute("aria-label", filled(words.photo_box, { number: k + 1, digit }, locale));
        box.addEventListener("click", () => {
          for (const other of boxes.children) other.toggleAttribute("aria-current", other === box);
          const views = [viewOf([seen], place), viewOf([seen, ink], place)];
          drawing.put({ instead: { kind: "picture", name, pixels, views } });
        });
        return box;
      }),
    );
    const count = finding.found.length;
    say(count ? counted(words.photo_found, count, locale) : filled(words.photo_none, { name }, locale));
    if (count === 1) /** @type {HTMLButtonElement} */ (boxes.firstElementChild).click();
  };

  /** @param {number[]} part */
  const send = async (part) => {
    const mine = ++latest;
    area.hidden = false;
    boxes.replaceChildren();
    say(data().words.photo_reading);
    try {
      const asked = new URLSearchParams({ name, lang: data().locale });
      if (part !== WHOLE) asked.set("part", part.join());
      const response = await fetch(new URL(`${TO_READ}?${asked}`, document.baseURI), { method: "POST", body: chosen });
      /** @type {Finding | {problem: string}} */
      const finding = await response.json();
      if (mine !== latest) return;
      if ("problem" in finding) say(finding.problem);
      else await show(finding, part);
    } catch {
      if (mine === latest) say(data().words.photo_failed);
    }
  };

  /** @param {Event} event */
  const choose = ({ target }) => {
    const input = /** @type {HTMLInputElement} */ (target);
    const [file] = input.files ?? [];
    input.value = "";
    if (!file) return;
    [name, chosen, whole] = [file.name, file, null];
    canvas.width = canvas.height = 1;
    send(WHOLE);
  };

  const leave = () => {
    latest += 1;
    area.hidden = true;
    if (drawing.instead?.kind === "picture") drawing.put({ instead: null });
  };

  // A drag chooses another part of the photo, a press beside the boxes the whole of it.
  /** @type {{x: number, y: number} | null} */
  let from = null;
  const drag = /** @type {HTMLElement} */ (area.querySelector(".dl-drag"));
  /** @param {PointerEvent} event */
  const pointAt = (event) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    return {
      x: Math.min(width, Math.max(0, event.clientX - left)),
      y: Math.min(height, Math.max(0, event.clientY - top)),
    };
  };
  /** @param {PointerEvent} event */
  const down = (event) => {
    if (!whole || event.target instanceof HTMLButtonElement) return;
    from = pointAt(event);
    area.setPointerCapture(event.pointerId);
  };
  /** @param {PointerEvent} event */
  const move = (event) => {
    if (!from) return;
    const to = pointAt(event);
    drag.hidden = false;
    drag.style.left = `${canvas.offsetLeft + Math.min(from.x, to.x)}px`;
    drag.style.top = `${canvas.offsetTop + Math.min(from.y, to.y)}px`;
    drag.style.width = `${Math.abs(to.x - from.x)}px`;
    drag.style.height = `${Math.abs(to.y - from.y)}px`;
  };
  /** @param {PointerEvent} event */
  const up = (event) => {
    if (!from || !whole) return;
    const [start, to] = [from, pointAt(event)];
    from = null;
    drag.hidden = true;
    const { width, height } = canvas.getBoundingClientRect();
    const [left, right] = [Math.min(start.x, to.x) / width, Math.max(start.x, to.x) / width];
    const [top, bottom] = [Math.min(start.y, to.y) / height, Math.max(start.y, to.y) / height];
    if (Math.min((right - left) * width, (bottom - top) * height) >= SMALLEST) send([left, top, right, bottom]);
    else if (Math.hypot(to.x - start.x, to.y - start.y) < SMALLEST) {
      latest += 1;
      show(whole, WHOLE);
    }
  };

  const listening = new AbortController();
  const how = { signal: listening.signal };
  button.addEventListener("click", () => file.click(), how);
  take.addEventListener("click", () => camera.click(), how);
  file.addEventListener("change", choose, how);
  camera.addEventListener("change", choose, how);
  close.addEventListener("click", leave, how);
  area.addEventListener("pointerdown", down, how);
  area.addEventListener("pointermove", move, how);
  area.addEventListener("pointerup", up, how);
  // Whatever else is put in the pad's place takes the photo's.
  const stop = drawing.watch(() => {
    if (drawing.instead?.kind !== "picture" && !area.hidden && boxes.querySelector("[aria-current]"))
      area.hidden = true;
  });
  return () => {
    listening.abort();
    stop();
  };
};
