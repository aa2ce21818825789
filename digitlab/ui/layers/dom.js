// Making elements, and reading what the server sends.

/**
 * @param {string} tag with classes: "div.dl-map"
 * @param {Object<string, any>} [properties] of the element; `data` and `style` are objects, `aria-…` become attributes
 * @param {...(Node | string)} children
 * @returns {any}
 */
export const make = (tag, properties = {}, ...children) => {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name);
  element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "data") Object.assign(element.dataset, value);
    else if (key === "style") for (const [property, text] of Object.entries(value)) element.style.setProperty(property, text);
    else if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
};

/** @param {string} base64 of little-endian float32 @returns {Float32Array} */
export const floatsOf = (base64) => new Float32Array(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)).buffer);

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
 * @param {import("../web/colours.js").Scale} scale
 */
export const paint = (canvas, height, width, valueAt, scale) => {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const pixels = context.createImageData(width, height);
  for (let at = 0; at < width * height; at++) {
    const value = valueAt(Math.floor(at / width), at % width);
    if (value === undefined) continue;
    pixels.data.set(scale(value), 4 * at);
    pixels.data[4 * at + 3] = 255;
  }
  context.putImageData(pixels, 0, 0);
};
