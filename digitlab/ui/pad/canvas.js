// The inside of streamlit-drawable-canvas, known here alone; tests/browser/test_pad.py watches that it stays true.
//
// The canvas (0.13.0) is the surface that takes the pen. Three things of it stand in the way of a drawing that loses
// nothing: an invisible toolbar lies over the pad and swallows strokes; what it was about to send is dropped when the
// server gives it another drawing; and it sends 200 ms late. So the canvas is mounted once with an empty drawing and is
// never given another (`update_streamlit=False`: it sends nothing by itself), its toolbar is taken off the pad, and its
// own brush never hears of the pen: pen.js follows pointer events on the surface, and the ink that people see is painted
// over it from the drawing itself (ink.js). A second brush beneath that ink would paint the whole stroke with each event.

const STYLE = `
  .dc-toolbar { display: none !important; }
  .dc-root { inset: 0; max-width: none !important; position: absolute !important; width: auto !important; }
  .dc-scroll, .dc-container, .dc-container > div, canvas { height: 100% !important; width: 100% !important; }
  .dc-scroll { overflow: hidden !important; }
  canvas { cursor: crosshair !important; outline: none !important; touch-action: none !important; }
  canvas.lower-canvas { visibility: hidden; }
`;

const HEARD = ["mousedown", "mousemove", "touchstart"]; // what the canvas's brush begins with and follows

/** @type {HTMLCanvasElement | null} found last; the whole page is looked through for it */
let known = null;

/** @returns {HTMLCanvasElement | null} what takes the pen; null where there is no canvas */
export const findSurface = () => {
  if (known?.isConnected) return known;
  known = null;
  for (const part of document.querySelectorAll(".st-key-pad, .st-key-pad *")) {
    const surface = part.shadowRoot?.querySelector("canvas.upper-canvas");
    if (!(surface instanceof HTMLCanvasElement)) continue;
    tame(surface);
    known = surface;
    break;
  }
  return known;
};

/** @param {Event} event */
const keep = (event) => {
  event.stopPropagation();
  if (event.type === "touchstart") event.preventDefault(); // as the canvas does: no magnifier, no mouse events after it
};

/** Take the toolbar off the pad, let the canvas fill it, and keep the pen from its brush. @param {HTMLCanvasElement} surface */
const tame = (surface) => {
  const inside = surface.getRootNode();
  if (!(inside instanceof ShadowRoot) || inside.querySelector("style[data-digitlab]")) return;
  const style = document.createElement("style");
  style.dataset.digitlab = "";
  style.textContent = STYLE;
  inside.append(style);
  for (const kind of HEARD) inside.addEventListener(kind, keep, { capture: true, passive: false });
};
