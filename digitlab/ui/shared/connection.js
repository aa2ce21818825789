// The connection of Streamlit's page to the server, and the sentence that says when there is none. tests/browser/test_pad.py
// and test_connection.py watch that what is known of Streamlit's page stays true.

import { make } from "./dom.js";

/** Streamlit's outermost element says how it stands with the server. */
const appElement = () => /** @type {HTMLElement | null} */ (document.querySelector('[data-testid="stApp"]'));

export const isConnected = () => appElement()?.dataset.testConnectionState === "CONNECTED";

const A_BLIP = 1500; // milliseconds without a connection that nobody needs to hear of
const LOOK_EVERY = 250; // milliseconds, while there is no connection

/**
 * Follow whether the server is there. While the server is away, Streamlit's dialog about it is closed: it would lie over
 * the page, and the pad goes on working.
 * @param {(connected: boolean) => void} onChange
 * @returns {() => void} stop following
 */
export const watchConnection = (onChange) => {
  const app = appElement();
  if (!app) return () => {};
  let connected = true;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;
  const closeDialog = () => {
    const dialogs = [...document.querySelectorAll('[role="dialog"]')];
    const dialog = dialogs.find(({ textContent }) => textContent?.includes("Connection error"));
    const close = dialog?.querySelector('[aria-label="Close"]');
    if (close instanceof HTMLElement) close.click();
  };
  const look = () => {
    if (isConnected() === connected) return;
    connected = !connected;
    clearInterval(timer);
    if (!connected) timer = setInterval(closeDialog, LOOK_EVERY);
    onChange(connected);
  };
  const observer = new MutationObserver(look);
  observer.observe(app, { attributeFilter: ["data-test-connection-state"] });
  look();
  return () => {
    observer.disconnect();
    clearInterval(timer);
  };
};

/**
 * @param {import("./component.js").Component} component
 * @returns {import("./component.js").Mounted<{words: {away: string}}>}
 */
export const mount = ({ element }) => {
  const sentence = make("p.dl-lost", { role: "status" });
  element.append(sentence);
  let away = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const stop = watchConnection((connected) => {
    document.documentElement.toggleAttribute("data-server-away", !connected);
    clearTimeout(timer);
    if (connected) sentence.textContent = "";
    else timer = setTimeout(() => (sentence.textContent = away), A_BLIP);
  });
  return {
    update({ words }) {
      away = words.away;
    },
    unmount() {
      stop();
      clearTimeout(timer);
      document.documentElement.removeAttribute("data-server-away");
    },
  };
};
