// What the live answer knows of Streamlit's own page; tests/browser/test_live.py watches that it stays true.

/** Streamlit's outermost element says how it stands with the server. */
const appElement = () => document.querySelector('[data-testid="stApp"]');

export const isConnected = () => appElement()?.dataset.testConnectionState === "CONNECTED";

export const isRunning = () => appElement()?.dataset.testScriptState === "running";

const LOOK_EVERY = 250; // milliseconds, while there is no connection

/**
 * Follow whether the server is there. While it is not, Streamlit's dialog about it is closed: it would lie over the pad,
 * and the pad goes on working.
 * @param {(connected: boolean) => void} onChange
 * @returns {() => void} stop following
 */
export const watchConnection = (onChange) => {
  let connected = true;
  let timer = 0;
  const closeDialog = () => {
    const dialog = [...document.querySelectorAll('[role="dialog"]')].find(({ innerText }) =>
      innerText.includes("Connection error"),
    );
    dialog?.querySelector('[aria-label="Close"]')?.click();
  };
  const look = () => {
    if (isConnected() === connected) return;
    connected = !connected;
    clearInterval(timer);
    if (!connected) timer = setInterval(closeDialog, LOOK_EVERY);
    onChange(connected);
  };
  const observer = new MutationObserver(look);
  observer.observe(appElement(), { attributeFilter: ["data-test-connection-state"] });
  look();
  return () => {
    observer.disconnect();
    clearInterval(timer);
  };
};
