// MNIST's digits as digitlab/server/digits.py sends them; its docstring describes the bytes.

const PIXELS = 28 * 28;
const BYTES = 4 + 1 + PIXELS;

export const SURPRISE = "api/digits/surprise"; // relative to a page of the app: random test digits

/** @typedef {{number: number, label: number, pixels: Uint8Array}} Digit pixels: [28 × 28] row by row, 255 is ink */

/**
 * @param {ArrayBuffer} buffer
 * @returns {Digit[]}
 * @throws {Error} the bytes are no whole digits
 */
export const readDigits = (buffer) => {
  if (buffer.byteLength % BYTES) throw new Error("these bytes are not digits");
  const view = new DataView(buffer);
  return Array.from({ length: buffer.byteLength / BYTES }, (_, k) => ({
    number: view.getUint32(k * BYTES, true),
    label: view.getUint8(k * BYTES + 4),
    pixels: new Uint8Array(buffer, k * BYTES + 5, PIXELS),
  }));
};

/**
 * @param {string} url
 * @returns {Promise<Digit[]>}
 * @throws {Error} the server's sentence, where it has no such digits
 */
export const fetchDigits = async (url) => {
  const response = await fetch(url);
  // A server behind another path answers with its page instead of the digits.
  const isBytes = response.headers.get("content-type") === "application/octet-stream";
  if (response.ok && isBytes) return readDigits(await response.arrayBuffer());
  throw new Error(response.ok ? "the digits are not to be had" : await response.text());
};
