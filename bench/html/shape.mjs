/** One shape on the page: what it is, two plots, the table, and what limits its reading. */
import { extraLabels } from "../methods/sample.mjs";
import { extraCell, extrasOf, ratioCell, referencesOf, remarks } from "../report.mjs";
import { rowsOf, valuesOf } from "../rows.mjs";
import { median, medianInterval } from "../statistics.mjs";
import { barChart } from "./charts.mjs";
import { colourOf, escaped, figure, micros, rate } from "./format.mjs";

/**
 * @typedef {import("../methods/sample.mjs").Sample} Sample
 * @typedef {import("../interleave.mjs").ShapeResult} ShapeResult
 *
 * @typedef {object} Plot
 * @property {string} caption
 * @property {(sample: Sample) => number | null | undefined} of
 * @property {(value: number) => string} label
 */

const REFERENCE = "c-epoll";

/** @type {Readonly<Record<"rate" | "p50" | "memory", Plot>>} */
const plots = {
  rate: {
    caption: "Operations per second: more is better",
    of: (sample) => sample.operationsPerSecond,
    label: rate,
  },
  p50: {
    caption: "Median latency: less is better",
    of: (sample) => sample.p50Micros,
    label: micros,
  },
  memory: {
    caption: "Memory that each idle connection adds: less is better",
    of: (sample) => sample.residentKb,
    label: (value) => `${figure(value)} KB`,
  },
};

/** @param {ShapeResult} result */
export function shapeSection(result) {
  const { shape, measured } = result;
  if (measured.length === 0) return "";
  const main = {
    caption: `CPU of the server per ${shape.operation}: less is better`,
    of: (/** @type {Sample} */ sample) => sample.cpuMicrosPerOperation,
    label: micros,
  };
  const notes = remarks(measured).map((line) => line.trim());
  return `<section class="card" id="${shape.name}">
<h3>${shape.name}</h3>
<p class="soft">${escaped(shape.what)}</p>
<div class="pair">${plotOf(result, main)}${plotOf(result, secondOf(shape))}</div>
${table(result)}
${notes.length === 0 ? "" : `<p class="note">${escaped(notes.join(" "))}</p>`}
</section>`;
}

/**
 * What is worth a plot beside the CPU time.
 * @param {import("../shapes.mjs").Shape} shape
 */
function secondOf({ name, method }) {
  if (method === "idle") return plots.memory;
  return name === "tcp-echo-1" || method === "start" ? plots.p50 : plots.rate;
}

/**
 * @param {ShapeResult} result
 * @param {Plot} plot
 */
function plotOf({ shape, measured }, { caption, of, label }) {
  const bars = measured.flatMap(({ subject, samples }) => {
    const values = valuesOf(samples, of);
    if (values === null) return [];
    const value = median(values);
    const interval = medianInterval(values);
    return [
      { name: subject.name, colour: colourOf(subject), value, interval, label: label(value) },
    ];
  });
  if (bars.length === 0) return "";
  return `<figure><figcaption>${escaped(caption)}</figcaption>
${barChart(bars, `${shape.name}: ${caption}`, REFERENCE)}</figure>`;
}

/** @param {ShapeResult} result */
function table(result) {
  const { shape, measured } = result;
  const extras = extrasOf(measured);
  const named = referencesOf(measured);
  const heads = [
    "CPU µs",
    "95 % interval",
    ...named.map(({ subject }) => `× ${subject.name}`),
    ...extras.map((extra) => extraLabels[extra]),
    "rate",
    "p50",
    "p99",
    shape.method === "idle" ? "RSS KB each" : "RSS MB",
    "busy",
  ];
  const rows = rowsOf(result).map((row, index) => {
    const samples = measured[index]?.samples ?? [];
    const cells = [
      figure(row.cpu_us_per_op),
      row.ci95 === null ? "one run" : row.ci95.map(figure).join(" – "),
      ...named.map((reference) => ratioCell(samples, reference.samples)),
      ...extras.map((extra) => extraCell(samples, extra)),
      rate(row.ops_per_s),
      row.p50_us === null ? "–" : micros(row.p50_us),
      row.p99_us === null ? "–" : micros(row.p99_us),
      figure(shape.method === "idle" ? row.rss_kb : row.rss_kb / 1024),
      `${Math.round(median(samples.map(({ serverBusy }) => serverBusy)) * 100)} %`,
    ];
    return `<tr><td class="left mono">${escaped(row.subject)}</td>${cells.map((cell) => `<td>${escaped(cell)}</td>`).join("")}</tr>`;
  });
  return `<div class="scroll"><table>
<thead><tr><th class="left">subject</th>${heads.map((head) => `<th>${escaped(head)}</th>`).join("")}</tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table></div>`;
}
