// A channel's kernel for every input channel, in diverging colours around 0; pressing one shows its numbers.

import { css, inkOn, scaleFor } from "../web/colours.js";
import { make, number, paint } from "./dom.js";

export const makeKernels = (pick) => {
  const element = make("div.dl-kernels", { role: "group", "aria-label": "Kernels" });
  const values = make("div.dl-kernel-values");
  const whole = make("details.dl-kernel-panel", { open: true }, make("summary"), element, values);

  /** @param {import("../web/weights.js").LayerRecord} layer a convolution */
  const show = (layer, channels, out, inputChannel, colours) => {
    const { kernel: size, weights } = layer;
    const filters = layer.shape[2];
    const weightOf = (channel) => (row, column) => weights.kernel[((row * size + column) * channels + channel) * filters + out];
    const all = weights.kernel.filter((_, k) => k % filters === out);
    const { scale } = scaleFor(all, colours, true);
    whole.firstChild.textContent = `Kernel of channel ${out}: ${channels === 1 ? "" : `${channels} × `}${size}×${size} weights, bias ${number(weights.bias[out])}`;
    element.replaceChildren(
      ...Array.from({ length: channels }, (_, channel) => {
        const canvas = make("canvas");
        paint(canvas, size, size, weightOf(channel), scale);
        const label = `Kernel for input map ${channel}`;
        return make("button", { type: "button", title: label, "aria-label": label, "aria-pressed": String(channel === inputChannel), onclick: () => pick(channel) }, canvas, make("span", {}, String(channel)));
      }),
    );
    const rows = Array.from({ length: size }, (_, row) =>
      make("tr", {}, ...Array.from({ length: size }, (_, column) => {
        const value = weightOf(inputChannel)(row, column);
        const colour = scale(value);
        return make("td", { style: { background: css(colour), color: inkOn(colour) } }, number(value, 3));
      })),
    );
    values.replaceChildren(make("table.dl-grid", {}, make("tbody", {}, ...rows)), make("p", {}, `for input map ${inputChannel}`));
  };
  return { element: whole, show };
};
