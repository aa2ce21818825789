// Which steps of which lessons this browser has seen; kept in the browser alone, so it is nobody else's business.

const KEY = "digitlab.lessons";

/** @returns {Record<string, string[]>} the keys of the steps that were seen, by lesson */
export const seen = () => {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return kept && typeof kept === "object" && !Array.isArray(kept) ? kept : {};
  } catch {
    return {}; // a browser that keeps nothing, or something else under this name
  }
};

/** @param {string} lesson @returns {string[]} */
export const seenOf = (lesson) => {
  const keys = seen()[lesson];
  return Array.isArray(keys) ? keys : [];
};

/** @param {string} lesson @param {string} step */
export const see = (lesson, step) => {
  const keys = seenOf(lesson);
  if (keys.includes(step)) return;
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...seen(), [lesson]: [...keys, step] }));
  } catch {
    // it then forgets what was seen; the lesson works all the same
  }
};
