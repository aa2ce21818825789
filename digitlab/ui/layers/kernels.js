// A channel's kernel for every input channel, in diverging colours around 0; pressing one shows its numbers.

import { css, inkOn, scaleFor } from "../browser/colours.js";
import { make, number, paint } from "../shared/dom.js";

/** @param {(channel: number) => void} pick an input map is pressed */
export const makeKernels = (pick) => {
  const element = make("div.dl-kernels", { role: "group" });
  const values = make("div.dl-kernel-values");
  const summary = make("summary");
  const whole = make("details.dl-kernel-panel", { open: true }, summary, element, values);

  /**
   * @param {import("../browser/weights.js").Conv} layer
   * @param {number} channels of its input
   * @param {number} out which of its own channels
   * @param {number} inputChannel whose kernel is shown in numbers
   * @param {import("../browser/colours.js").ColourMaps} colours
   * @param {import("../shared/words.js").Say} say
   */
  const show = (layer, channels, out, inputChannel, colours, say) => {
    element.setAttribute("aria-label", say("kernels"));
    const { kernel: size, weights } = layer;
    const filters = layer.shape[2];
    /** @param {number} channel @returns {(row: number, column: number) => number} */
    const weightOf = (channel) => (row, column) =>
      weights.kernel[((row * size + column) * channels + channel) * filters + out];
    const all = weights.kernel.filter((_, k) => k % filters === out);
    const { scale } = scaleFor(all, colours, true);
    summary.textContent = say("kernel_of", {
      channel: out,
      size: `${channels === 1 ? "" : `${channels} × `}${size}×${size}`,
      bias: number(weights.bias[out]),
    });
    element.replaceChildren(
      ...Array.from({ length: channels }, (_, channel) => {
        const canvas = make("canvas");
        paint(canvas, size, size, weightOf(channel), scale);
        const label = say("kernel_for", { channel });
        return make(
          "button",
          {
            type: "button",
            title: label,
            "aria-label": label,
            "aria-pressed": String(channel === inputChannel),
            onclick: () => pick(channel),
          },
          canvas,
          make("span", {}, String(channel)),
        );
      }),
    );
    const rows = Array.from({ length: size }, (_, row) =>
      make(
        "tr",
        {},
        ...Array.from({ length: size }, (_, column) => {
          const value = weightOf(inputChannel)(row, column);
          const colour = scale(value);
          return make("td", { style: { background: css(colour), color: inkOn(colour) } }, number(value, 3));
        }),
      ),
    );
    values.replaceChildren(
      make("table.dl-grid", {}, make("tbody", {}, ...rows)),
      make("p", {}, say("kernel_for", { channel: inputChannel })),
    );
  };
  return { element: whole, show };
};
