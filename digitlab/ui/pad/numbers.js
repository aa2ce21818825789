// Numbers as the pad writes them.

/**
 * @param {Intl.NumberFormatOptions} options
 * @returns {(value: number, locale: string) => string}
 */
const writer = (options) => {
  /** @type {Map<string, Intl.NumberFormat>} by locale: to make one takes longer than to paint a map */
  const made = new Map();
  return (value, locale) => {
    const format = made.get(locale) ?? new Intl.NumberFormat(locale, options);
    made.set(locale, format);
    return format.format(value);
  };
};

const SPACE = "\u00a0"; // no line break between a sign and its number
const tenths = writer({ style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const significant = writer({ maximumSignificantDigits: 3 });

/** @param {number} share @param {string} locale @returns {string} in percent, never rounded up to a certainty */
export const percent = (share, locale) =>
  share >= 0.9995 ? `>${SPACE}${tenths(0.999, locale)}` : tenths(share, locale);

/** @param {number} value @param {string} locale @returns {string} a value of a map, with three digits that count */
export const amount = (value, locale) => significant(value, locale).replace("-", "−");
