// All channels of a layer side by side, in the order of their numbers or of how strongly they answer.

import { make, paint } from "../shared/dom.js";

/** @typedef {import("../browser/colours.js").Scale} Scale */
/** @typedef {import("../browser/layers.js").Tensor} Tensor */
/** @typedef {import("../shared/words.js").Say} Say */

/**
 * How strongly each channel answers: the mean of its numbers' sizes.
 * @param {Float32Array} values
 * @param {number} channels
 */
export const strengths = (values, channels) => {
  const sums = new Float64Array(channels);
  for (let k = 0; k < values.length; k++) sums[k % channels] += Math.abs(values[k]);
  return sums.map((sum) => (sum * channels) / values.length);
};

/** @param {ArrayLike<number>} strength @param {boolean} byStrength @returns {number[]} channels in the order in which they are shown */
export const orderOf = (strength, byStrength) => {
  const channels = Array.from(strength, (_, channel) => channel);
  return byStrength ? channels.sort((a, b) => strength[b] - strength[a]) : channels;
};

/**
 * @typedef {Object} Hears
 * @property {(channel: number) => void} pick a channel is pressed
 * @property {(channel: number, row: number, column: number, value: number) => void} read the pointer is on a number
 */

/** @param {Hears} on */
export const makeChannels = (on) => {
  const element = make("div.dl-channels", { role: "group" });

  /** @type {{button: HTMLButtonElement, canvas: HTMLCanvasElement, name: HTMLElement}[]} */
  const places = [];
  const add = () => {
    const [canvas, name] = [make("canvas"), make("span")];
    const button = make("button", { type: "button" }, canvas, name);
    element.append(button);
    places.push({ button, canvas, name });
  };

  /**
   * @param {Tensor} output [height, width, channels]
   * @param {number[]} order all channels
   * @param {number} opened
   * @param {Scale} scale
   * @param {Say} say
   */
  const show = ({ values, shape }, order, opened, scale, say) => {
    const [height, width, channels] = shape;
    element.setAttribute("aria-label", say("channels"));
    /** @param {number} channel @returns {(row: number, column: number) => number} */
    const valueAt = (channel) => (row, column) => values[(row * width + column) * channels + channel];
    element.style.setProperty("--ratio", String(width / height));
    while (places.length > channels) places.pop()?.button.remove();
    while (places.length < channels) add();
    order.forEach((channel, place) => {
      const { button, canvas, name } = places[place];
      paint(canvas, height, width, valueAt(channel), scale);
      name.textContent = String(channel);
      button.dataset.channel = String(channel);
      button.setAttribute("aria-label", say("channel", { channel }));
      button.setAttribute("aria-pressed", String(channel === opened));
      button.onclick = () => on.pick(channel);
      canvas.onpointermove = (event) => {
        const box = canvas.getBoundingClientRect();
        const row = Math.min(Math.max(Math.floor(((event.clientY - box.top) / box.height) * height), 0), height - 1);
        const column = Math.min(Math.max(Math.floor(((event.clientX - box.left) / box.width) * width), 0), width - 1);
        on.read(channel, row, column, valueAt(channel)(row, column));
      };
    });
  };
  return { element, show };
};
