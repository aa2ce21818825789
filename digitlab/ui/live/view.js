// The answer on the page: the digit, its sentence and the ten bars, as digitlab/ui/answer.py makes them.
//
// The server's HTML is changed in place, text nodes and custom properties only, so that without this module the page is
// just the server's.

/** @typedef {{probabilities: ArrayLike<number>, energy: number | null}} Reading */

const RUNNER_UP = 0.05; // a second digit with less than this is not worth naming
const REFUSED = "That does not look like one digit. The bars show what comes closest.";
const INVITATION = "Draw a digit from 0 to 9 on the black field.";

const SPACE = "\u00a0"; // no line breaks between a number and its sign

/** @param {number} share @returns {string} a probability in percent, never rounded up to a certainty */
export const percent = (share) => (share >= 0.9995 ? ">\u00a099.9\u00a0%" : `${(share * 100).toFixed(1)}\u00a0%`);

/**
 * @param {Reading | null} reading null for an empty pad
 * @param {number | null} cut the energy above which it is no digit
 * @returns {{digit: string, note: string}}
 */
export const verdict = (reading, cut) => {
  if (!reading) return { digit: "?", note: INVITATION };
  if (cut !== null && reading.energy !== null && reading.energy > cut) return { digit: "?", note: REFUSED };
  const shares = Array.from(reading.probabilities);
  const [best, second] = shares.map((_, digit) => digit).sort((a, b) => shares[b] - shares[a]);
  const runnerUp = shares[second] > RUNNER_UP ? ` It could be ${second}: ${percent(shares[second])}.` : "";
  return { digit: String(best), note: `${percent(shares[best])} sure.${runnerUp}` };
};

const write = (element, text) => {
  if (!element) return;
  if (!element.firstChild) element.append("");
  // Changing the text node, not the element: an observer of elements can tell the server's changes from these.
  if (element.firstChild.data !== text) element.firstChild.data = text;
};

/**
 * @param {Reading | null} reading
 * @param {number | null} cut
 * @param {boolean} moving the pen is down: no easing, and screen readers wait
 */
export const showReading = (reading, cut, moving) => {
  const { digit, note } = verdict(reading, cut);
  document.querySelector(".st-key-answer .dl-answer")?.setAttribute("aria-busy", String(moving));
  write(document.querySelector(".st-key-answer .dl-digit"), digit);
  write(document.querySelector(".st-key-answer .dl-note"), note);
  const best = reading ? reading.probabilities.indexOf(Math.max(...reading.probabilities)) : -1;
  for (const bar of document.querySelectorAll(".st-key-bars .dl-bar")) {
    const which = Number(bar.dataset.digit);
    const share = reading ? reading.probabilities[which] : 0;
    bar.style.setProperty("--share", share.toPrecision(6));
    bar.classList.toggle("dl-best", which === best);
    bar.classList.toggle("dl-moving", moving);
    write(bar.querySelector(".dl-share"), reading ? percent(share) : "–");
  }
};
