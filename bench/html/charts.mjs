/** The plots of the page, as SVG: drawn here, so that the page needs no script. */
import { escaped, figure } from "./format.mjs";

const WIDTH = 560;
const NAME_WIDTH = 168;
const VALUE_WIDTH = 92;
const ROW = 26;
const BAR = 15;

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {string} colour class
 * @property {number} value
 * @property {readonly [number, number] | null} interval
 * @property {string} label
 */

/**
 * Bars from zero, with their intervals, and a line where the reference ends.
 * @param {readonly Bar[]} bars
 * @param {string} title for those who cannot see it
 * @param {string} reference the name of the bar that the line belongs to
 */
export function barChart(bars, title, reference) {
  const height = bars.length * ROW + 6;
  const right = WIDTH - VALUE_WIDTH;
  const most = Math.max(...bars.map(({ value, interval }) => Math.max(value, interval?.[1] ?? 0)));
  const x = (/** @type {number} */ value) =>
    NAME_WIDTH + (Math.max(0, value) / (most || 1)) * (right - NAME_WIDTH);
  const marked = bars.find(({ name }) => name === reference);
  const dashes = marked && line("reference", [x(marked.value), x(marked.value), 0, height]);
  return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
${line("grid", [NAME_WIDTH, NAME_WIDTH, 0, height])}
${dashes ?? ""}
${bars.map((bar, row) => barOf(bar, row * ROW + 3, x)).join("\n")}
</svg>`;
}

/**
 * @param {Bar} bar
 * @param {number} top
 * @param {(value: number) => number} x
 */
function barOf({ name, colour, value, interval, label }, top, x) {
  const middle = top + ROW / 2;
  const width = Math.max(1.5, x(value) - NAME_WIDTH);
  const end = Math.max(x(value), interval === null ? 0 : x(interval[1]));
  const whisker = interval === null ? "" : whiskerOf(x(interval[0]), x(interval[1]), middle);
  const spread = interval === null ? "" : `, 95 %: ${interval.map(figure).join("–")}`;
  const place = `x="${NAME_WIDTH}" y="${round(middle - BAR / 2)}"`;
  return `<g><title>${escaped(`${name}: ${label}${spread}`)}</title>
${nameAt(name, NAME_WIDTH - 10, middle)}
<rect class="bar ${colour}" ${place} width="${round(width)}" height="${BAR}" rx="2"/>
${whisker}
<text x="${round(end + 8)}" y="${middle + 4.5}">${escaped(label)}</text></g>`;
}

/**
 * A name that ends at a place.
 * @param {string} name
 * @param {number} x
 * @param {number} middle
 */
function nameAt(name, x, middle) {
  const place = `x="${x}" y="${round(middle + 4)}"`;
  return `<text class="name" ${place} text-anchor="end">${escaped(name)}</text>`;
}

/**
 * A straight line from one corner to another.
 * @param {string} kind
 * @param {readonly [x1: number, x2: number, y1: number, y2: number]} ends
 */
function line(kind, ends) {
  const [x1, x2, y1, y2] = ends.map(round);
  return `<line class="${kind}" x1="${x1}" x2="${x2}" y1="${y1}" y2="${y2}"/>`;
}

/**
 * @param {number} low
 * @param {number} high
 * @param {number} middle
 */
function whiskerOf(low, high, middle) {
  if (high - low < 1) return "";
  const [a, b] = [round(low), round(high)];
  const [top, bottom] = [middle - 4, middle + 4];
  return `<path class="whisker" d="M${a} ${top}V${bottom}M${a} ${middle}H${b}M${b} ${top}V${bottom}"/>`;
}

const OVERVIEW_WIDTH = 1150;
const OVERVIEW_NAME_WIDTH = 170;
const OVERVIEW_ROW = 30;
const OVERVIEW_TOP = 30;
const DOT = 6.5;
const TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];

/**
 * @typedef {{ name: string, colour: string, ratio: number }} Dot
 * @typedef {{ shape: string, dots: readonly Dot[] }} OverviewRow
 */

/**
 * Every subject in every shape, as a multiple of the reference, on a logarithmic scale.
 * @param {readonly OverviewRow[]} rows
 * @param {string} title for those who cannot see it
 */
export function overviewChart(rows, title) {
  const ratios = rows.flatMap(({ dots }) => dots.map(({ ratio }) => ratio));
  const low = Math.log(Math.min(0.8, ...ratios) * 0.93);
  const high = Math.log(Math.max(1.6, ...ratios) * 1.07);
  const span = OVERVIEW_WIDTH - OVERVIEW_NAME_WIDTH - 16;
  const x = (/** @type {number} */ ratio) =>
    OVERVIEW_NAME_WIDTH + ((Math.log(ratio) - low) / (high - low)) * span;
  const height = OVERVIEW_TOP + rows.length * OVERVIEW_ROW + 4;
  const ticks = TICKS.filter((tick) => Math.log(tick) >= low && Math.log(tick) <= high);
  return `<svg viewBox="0 0 ${OVERVIEW_WIDTH} ${height}" role="img" aria-label="${escaped(title)}">
${ticks.map((tick) => tickOf(tick, x(tick), height)).join("\n")}
${rows.map((row, index) => dotsOf(row, OVERVIEW_TOP + (index + 0.5) * OVERVIEW_ROW, x)).join("\n")}
</svg>`;
}

/**
 * @param {number} tick
 * @param {number} x
 * @param {number} height
 */
function tickOf(tick, x, height) {
  const kind = tick === 1 ? "reference" : "grid";
  return `${line(kind, [x, x, OVERVIEW_TOP - 8, height])}
<text class="faint" x="${round(x)}" y="14" text-anchor="middle">${tick} ×</text>`;
}

/**
 * @param {OverviewRow} row
 * @param {number} middle
 * @param {(ratio: number) => number} x
 */
function dotsOf({ shape, dots }, middle, x) {
  const circles = dots.map(({ name, colour, ratio }) => {
    const title = `<title>${escaped(`${shape}: ${name} ${figure(ratio)} ×`)}</title>`;
    const place = `cx="${round(x(ratio))}" cy="${round(middle)}"`;
    return `<circle class="dot ${colour}" ${place} r="${DOT}">${title}</circle>`;
  });
  return `${line("grid", [OVERVIEW_NAME_WIDTH, OVERVIEW_WIDTH, middle, middle])}
${nameAt(shape, OVERVIEW_NAME_WIDTH - 12, middle)}
${circles.join("\n")}`;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
