// What the colours stand for.

import { make } from "../shared/dom.js";

/** @typedef {import("../browser/colours.js").Ends} Ends */

/** @returns {{element: HTMLElement, show: (ends: Ends) => void}} */
export const makeLegend = () => {
  const [low, high, bar] = [make("span"), make("span"), make("i")];
  const element = make("div.dl-scale", {}, low, bar, high);
  /** @param {number} value */
  const text = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
  /** @param {Ends} ends */
  const show = (ends) => {
    low.textContent = text(ends.low);
    high.textContent = text(ends.high);
    bar.style.background = `linear-gradient(to right, ${ends.points.join(", ")})`;
  };
  return { element, show };
};
