// Texts, numbers and dates in the page's language. The messages come from a script that the page loads before all others,
// unless it is English (logs/views/http/language.py).
const { messages = {}, plural } = globalThis.catalogue ?? {};

const { lang } = document.documentElement;
// Of the reader's country if they read its language, with the digits that the server writes.
export const LOCALE = `${navigator.languages.find(name => name.split("-")[0] === lang) ?? lang}-u-nu-latn`;

const fill = (text, values) => text.replace(/%\((\w+)\)s/g, (_, name) => values[name]);

export const gettext = (text, values = {}) => fill(messages[text] ?? text, values);

// The form that belongs to a number, which has its place at %(count)s.
export const ngettext = (one, many, count, values) => {
  const text = messages[one]?.[plural(count)] ?? (count === 1 ? one : many);
  return fill(text, { count: count.toLocaleString(LOCALE), ...values });
};

// As the server writes days, for example Monday 23 November 2026.
const dayFormat = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : LOCALE, { dateStyle: "full", timeZone: "UTC" });
// Some versions of browsers write a comma behind the English weekday.
export const formatDay = date => (lang === "en" ? dayFormat.format(date).replace(",", "") : dayFormat.format(date));
