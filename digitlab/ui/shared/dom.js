// Making elements, and reading what the server sends.

/**
 * @template {string} Tag
 * @typedef {Tag extends `${infer Name extends keyof HTMLElementTagNameMap}.${string}` ? HTMLElementTagNameMap[Name]
 *   : Tag extends keyof HTMLElementTagNameMap ? HTMLElementTagNameMap[Tag] : never} ElementOf
 */

/**
 * @template {string} Tag
 * @typedef {Partial<Omit<ElementOf<Tag>, "style">>
 *   & {data?: Record<string, string>, style?: Record<string, string>, [aria: `aria-${string}`]: string}} PropertiesOf
 */

/**
 * @template {string} Tag
 * @param {Tag} tag with classes: "div.dl-map"
 * @param {PropertiesOf<Tag>} [properties] of the element; `aria-…` become attributes
 * @param {...(Node | string)} children
 * @returns {ElementOf<Tag>}
 */
export const make = (tag, properties, ...children) => {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  const { data = {}, style = {}, ...others } = properties ?? {};
  element.classList.add(...classes);
  Object.assign(element.dataset, data);
  for (const [property, text] of Object.entries(style)) element.style.setProperty(property, text);
  for (const [key, value] of Object.entries(others)) {
    if (key.startsWith("aria-") || key === "role") element.setAttribute(key, String(value));
    else Object.assign(element, { [key]: value });
  }
  element.append(...children);
  return /** @type {ElementOf<Tag>} */ (element);
};

/** @typedef {import("../browser/layers.js").Tensor} Tensor */
/** @typedef {{shape: number[], values: string}} SentTensor values: base64 of little-endian float32 */

/** @param {SentTensor} sent @returns {Tensor} what `floats` of digitlab/ui/shared/component.py has sent */
export const tensorOf = ({ shape, values }) => {
  const bytes = Uint8Array.from(atob(values), (letter) => letter.charCodeAt(0));
  return { shape, values: new Float32Array(bytes.buffer) };
};

/** @param {HTMLCanvasElement} canvas @returns {CanvasRenderingContext2D} */
export const contextOf = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));

/** @param {number} value @param {number} [digits] @returns {string} with a real minus sign */
export const number = (value, digits = 4) => {
  const text = value.toFixed(digits);
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
};

/** @param {number[]} shape @returns {string} 26×26×32 */
export const shapeText = (shape) => shape.map((side) => side.toLocaleString("en")).join("×");

/**
 * A picture of numbers, one pixel each; CSS enlarges it.
 * @param {HTMLCanvasElement} canvas
 * @param {number} height
 * @param {number} width
 * @param {(row: number, column: number) => number | undefined} valueAt undefined leaves a hole
 * @param {import("../browser/colours.js").Scale} scale
 */
export const paint = (canvas, height, width, valueAt, scale) => {
  canvas.width = width;
  canvas.height = height;
  const context = contextOf(canvas);
  const pixels = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const value = valueAt(Math.floor(at / width), at % width);
    if (value === undefined) continue;
    pixels.data.set(scale(value), 4 * at);
    pixels.data[4 * at + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
};
