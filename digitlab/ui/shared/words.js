// Texts that come with a component's data, with values put in as the reader's language writes them.

/** @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Forms a text for each plural category */

/** @typedef {Record<string, string | Forms>} Words a component's texts by name */
/** @typedef {(name: string, values?: Record<string, unknown>) => string} Say the text of that name with its values */

/**
 * @param {string} text
 * @param {Record<string, unknown>} values numbers are grouped as the language does; what is a name is given as text
 * @param {string} locale
 * @returns {string} with {name} replaced
 */
export const filled = (text, values, locale) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (typeof value === "number") return value.toLocaleString(locale).replace("-", "−");
    return name in values ? String(value) : whole;
  });

/**
 * @param {Forms} forms
 * @param {number} count which is {count} in the text
 * @param {string} locale
 * @returns {string} the text that counts so many
 */
export const counted = (forms, count, locale) =>
  filled(forms[new Intl.PluralRules(locale).select(count)] ?? forms.other, { count }, locale);

/**
 * @param {{words: Words, locale: string}} data of a component
 * @returns {Say} of a text that counts, the value `count` chooses the form
 */
export const speaker =
  ({ words, locale }) =>
  (name, values = {}) => {
    const text = words[name];
    return typeof text === "string" ? filled(text, values, locale) : counted(text, Number(values.count), locale);
  };
