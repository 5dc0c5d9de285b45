/** How the page writes text and figures. */

/** @param {string} text */
export function escaped(text) {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

/**
 * A figure with about three digits.
 * @param {number} value
 */
export function figure(value) {
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en");
  if (size >= 10) return value.toFixed(1);
  return size >= 0.095 || size === 0 ? value.toFixed(2) : value.toPrecision(2);
}

/**
 * Operations per second.
 * @param {number} value
 */
export function rate(value) {
  if (value >= 1e6) return `${figure(value / 1e6)} M/s`;
  return value >= 1e4 ? `${figure(value / 1e3)} k/s` : `${figure(value)} /s`;
}

/**
 * Microseconds, in the unit that fits.
 * @param {number} value
 */
export function micros(value) {
  return value >= 1e3 ? `${figure(value / 1e3)} ms` : `${figure(value)} µs`;
}

/**
 * The class that gives a subject its colour: pike's default backend first, its others after it.
 * @param {import("../subjects.mjs").Subject} subject
 */
export function colourOf({ name, role, backend }) {
  if (role !== "pike") return name;
  const family = backend === "epoll" ? "pike" : "pike-2";
  return name === `pike-${backend}` ? family : `${family} variant`;
}
