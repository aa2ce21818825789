// The ink that people see: finished strokes on one canvas, the strokes under way on another above it.

/** @typedef {import("./drawing.js").Digit} Digit */
/** @typedef {{points: ArrayLike<number>, width: number}} Line */

import { fromBase64 } from "./drawing.js";

const PAD_SIDE = 280;
const INK = "#fff";
const FAINT = 0.35; // how much of its ink a digit beneath the pen keeps
const DIGIT_SIDE = 28;

/** @param {CanvasRenderingContext2D} context @param {Line} line @param {number} [from] the first point, counted from 0 */
const draw = (context, { points, width }, from = 0) => {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(points[2 * from], points[2 * from + 1]);
  for (let k = 2 * from + 2; k < points.length; k += 2) context.lineTo(points[k], points[k + 1]);
  if (points.length === 2) context.lineTo(points[0], points[1]);
  context.stroke();
};

/** @param {CanvasRenderingContext2D} context @param {string} pixels base64 of [28 × 28] @param {number} share of the ink */
const drawDigit = (context, pixels, share) => {
  const bytes = fromBase64(pixels);
  const image = new ImageData(new Uint8ClampedArray(4 * bytes.length).fill(255), DIGIT_SIDE);
  for (let at = 0; at < bytes.length; at++) image.data[4 * at + 3] = share * bytes[at];
  const small = document.createElement("canvas");
  small.width = small.height = DIGIT_SIDE;
  small.getContext("2d")?.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false; // squares without seams
  context.drawImage(small, 0, 0, PAD_SIDE, PAD_SIDE);
};

/**
 * @param {HTMLCanvasElement} finished
 * @param {HTMLCanvasElement} underWay
 */
export const openInk = (finished, underWay) => {
  const contexts = [finished, underWay].map((canvas) => {
    const context = canvas.getContext("2d");
    if (!context) throw new Error("this browser has no canvas");
    return context;
  });
  /** @type {() => void} */
  let repaint = () => {};
  /** @type {{points: ArrayLike<number>, end: number, x: number, y: number} | null} how far the stroke under way is drawn */
  let drawn = null;

  /** @param {CanvasRenderingContext2D} context */
  const wipe = (context) => {
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.setTransform(width / PAD_SIDE, 0, 0, height / PAD_SIDE, 0, 0);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = INK;
  };

  // The canvases have as many pixels as the screen gives them, whatever the page's zoom.
  const fit = () => {
    const side = Math.round(finished.getBoundingClientRect().width * devicePixelRatio);
    if (!side || side === finished.width) return;
    for (const { canvas } of contexts) canvas.width = canvas.height = side;
    repaint();
  };
  const sizes = new ResizeObserver(fit);
  sizes.observe(finished);

  return {
    /** @param {{strokes: Line[], beneath: Digit | null, instead: {pixels: string} | null}} content all that is finished */
    show(content) {
      repaint = () => {
        drawn = null;
        wipe(contexts[0]);
        wipe(contexts[1]);
        if (content.instead) return drawDigit(contexts[0], content.instead.pixels, 1);
        if (content.beneath) drawDigit(contexts[0], content.beneath.pixels, FAINT);
        for (const line of content.strokes) draw(contexts[0], line);
      };
      repaint();
    },
    /** @param {Line | null} line the stroke under way; where it only grew, what is new is drawn */
    follow(line) {
      const { points, end, x, y } = drawn ?? { points: null, end: 0, x: 0, y: 0 };
      const grew = line !== null && line.points === points && points[2 * end] === x && points[2 * end + 1] === y;
      if (!grew) wipe(contexts[1]);
      drawn = null;
      if (!line) return;
      draw(contexts[1], line, grew ? end : 0);
      const last = line.points.length / 2 - 1;
      drawn = { points: line.points, end: last, x: line.points[2 * last], y: line.points[2 * last + 1] };
    },
    close() {
      sizes.disconnect();
    },
  };
};
