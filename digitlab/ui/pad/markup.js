// The desk's elements. They name their texts: `data-say` what stands in them, `data-name` what they are called, `data-tip`
// what a pointer reads over them. The texts come with the component's data, and `relabel` writes them.

/** @typedef {import("./desk.js").DeskData} DeskData */

/** @type {Record<string, string>} paths of icons on a grid of 24, drawn with a line of 2 */
const ICONS = {
  undo: "M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  redo: "M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3",
  clear: "M5 7h14M10 11v6M14 11v6M7 7l1 13h8l1-13M9 7V4h6v3",
  surprise: "M5 5h14v14H5zM9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01",
  camera: "M4 8h4l2-3h4l2 3h4v11H4zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15 9h.01",
  challenge: "M8 4h8v5a4 4 0 0 1-8 0zM8 5H4v2a4 4 0 0 0 4 4M16 5h4v2a4 4 0 0 1-4 4M12 13v4M8 20h8",
  link: "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-6-6l-1.500 1.500M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 6 6l1.500-1.500",
  back: "M4 20l1-5L16 4l4 4L9 19l-5 1z",
  more: "M5 7h14M5 12h14M5 17h14",
};

/** @param {string} name */
const icon = (name) => `<svg viewBox="0 0 24 24" aria-hidden="true"><path d="${ICONS[name]}"/></svg>`;

/** @param {DeskData} data @returns {string} */
export const markup = ({ parts }) => {
  /** @param {string} name @param {boolean} [labelled] */
  const tool = (name, labelled = false) =>
    `<button type="button" class="dl-tool" data-tool="${name}" data-name="${name}" data-tip="${name}">` +
    `${icon(name)}${labelled ? `<span data-say="${name}"></span>` : ""}</button>`;
  /** @param {string} name @param {number} width */
  const brush = (name, width) =>
    `<button type="button" class="dl-brush" data-brush="${width}" aria-pressed="false" ` +
    `data-name="${name}" data-tip="${name}"><i></i></button>`;
  const has = (/** @type {string} */ part) => parts.includes(part);
  return `
    <section class="dl-cover" tabindex="0" role="application" data-name="pad" aria-describedby="dl-pad-keys">
      <canvas class="dl-ink"></canvas><canvas class="dl-wet"></canvas>
      <svg class="dl-ghost" viewBox="0 0 280 280" aria-hidden="true"><path pathLength="1"
        d="M92 84C104 52 176 50 180 94c3 32-36 42-56 43 26-1 70 8 68 52-2 48-84 58-108 14"/></svg>
      <div class="dl-photo" hidden>
        <div class="dl-frame"><canvas></canvas><div class="dl-boxes"></div><i class="dl-drag" hidden></i></div>
        <p role="status"></p><button type="button" data-close data-say="photo_close"></button>
      </div>
      <i class="dl-cursor" hidden></i>
      <p class="dl-label" hidden></p>
      <p id="dl-pad-keys" class="dl-hidden" data-say="pad_keys"></p>
    </section>
    <div class="dl-tools" role="toolbar" data-name="tools">
      <span class="dl-group">${tool("undo")}${tool("redo")}${tool("clear", true)}</span>
      <span class="dl-group" role="group" data-name="brush">${brush("thin", 10)}${brush("medium", 18)}${brush("thick", 28)}</span>
      <span class="dl-group dl-inputs">${has("inputs") ? tool("surprise", true) + tool("camera") + tool("photo", true) + tool("challenge", true) + tool("link") : ""}${tool("back", true)}
      ${has("more") ? tool("more") : ""}</span>
      <input type="file" class="dl-file" accept="image/*,.heic,.heif,.avif" hidden>
      <input type="file" class="dl-file-camera" accept="image/*" capture="environment" hidden>
    </div>
    <div class="dl-challenge" hidden><p role="status"></p><button type="button" data-next hidden></button></div>
    <div class="dl-question" hidden></div>
    <div class="dl-spoken dl-hidden" role="status" aria-live="polite"></div>
    <p class="dl-state" role="status"><span class="dl-away" data-say="away"></span><span class="dl-full" data-say="full"></span></p>
    <dialog class="dl-ask"><p data-say="replace"></p><form method="dialog">
      <button value="open" data-say="replace_yes"></button><button value="keep" autofocus data-say="replace_no"></button>
    </form></dialog>`;
};

/**
 * Write the texts in the reader's language.
 * @param {HTMLElement} root itself, too
 * @param {DeskData["words"]} words
 */
export const relabel = (root, words) => {
  for (const element of /** @type {HTMLElement[]} */ ([
    root,
    ...root.querySelectorAll("[data-say], [data-name], [data-tip]"),
  ])) {
    const { say, name, tip } = element.dataset;
    if (say) element.textContent = words[say];
    if (name) element.setAttribute("aria-label", words[name]);
    if (tip) element.title = words[tip];
  }
};
