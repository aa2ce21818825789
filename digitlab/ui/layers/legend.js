// What the colours stand for.

import { make } from "./dom.js";

export const makeLegend = () => {
  const [low, high, bar] = [make("span"), make("span"), make("i")];
  const element = make("div.dl-scale", {}, low, bar, high);
  const text = (value) => String(Number(value.toPrecision(3))).replace("-", "−");
  const show = (ends) => {
    low.textContent = text(ends.low);
    high.textContent = text(ends.high);
    bar.style.background = `linear-gradient(to right, ${ends.points.join(", ")})`;
  };
  return { element, show };
};
