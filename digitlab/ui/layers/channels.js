// All channels of a layer side by side, in the order of their numbers or of how strongly they answer.

import { make, number, paint } from "./dom.js";

/** How strongly each channel answers: the mean of its numbers' sizes. */
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
 * @param {{pick: (channel: number) => void, read: (channel: number, row: number, column: number, value: number) => void}} on
 */
export const makeChannels = (on) => {
  const element = make("div.dl-channels", { role: "group", "aria-label": "Channels" });

  /** @param {{values: Float32Array, shape: number[]}} output [height, width, channels] */
  const show = ({ values, shape }, order, opened, scale) => {
    const [height, width, channels] = shape;
    const valueAt = (channel) => (row, column) => values[(row * width + column) * channels + channel];
    element.style.setProperty("--ratio", String(width / height));
    while (element.children.length > channels) element.lastChild.remove();
    while (element.children.length < channels) {
      element.append(make("button", { type: "button" }, make("canvas"), make("span")));
    }
    order.forEach((channel, place) => {
      const button = element.children[place];
      const [canvas, name] = button.children;
      paint(canvas, height, width, valueAt(channel), scale);
      name.textContent = String(channel);
      button.dataset.channel = String(channel);
      button.setAttribute("aria-label", `Channel ${channel}`);
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

/** What the pointer is on, in words. */
export const placeText = (channel, row, column, value) => `channel ${channel} · row ${row}, column ${column} · ${number(value)}`;
