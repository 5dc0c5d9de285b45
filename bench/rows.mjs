/**
 * Results as data: the rows of the JSON file, and what is compared with what.
 */
import { compare, median, medianInterval } from "./statistics.mjs";

/** @typedef {import("./methods/sample.mjs").Sample} Sample */

/**
 * One row of the JSON: medians over the runs. `ci95` belongs to `cpu_us_per_op`; null after a
 * single run. Latency is null where nothing waits for an answer.
 * @typedef {object} Row
 * @property {string} shape
 * @property {string} subject
 * @property {number} cpu_us_per_op
 * @property {readonly [number, number] | null} ci95
 * @property {number} ops_per_s
 * @property {number | null} p50_us
 * @property {number | null} p99_us
 * @property {number} rss_kb
 * @property {number} runs
 */

/**
 * What a server is judged by; the first is the main figure.
 * @type {readonly { label: string, better: "lower" | "higher", of: (sample: Sample) => number |
 * null }[]}
 */
export const measures = [
  { label: "CPU", better: "lower", of: (sample) => sample.cpuMicrosPerOperation },
  { label: "rate", better: "higher", of: (sample) => sample.operationsPerSecond },
  { label: "p50", better: "lower", of: (sample) => sample.p50Micros },
  { label: "p99", better: "lower", of: (sample) => sample.p99Micros },
  { label: "RSS", better: "lower", of: (sample) => sample.residentKb },
];

/**
 * @param {import("./interleave.mjs").ShapeResult} result
 * @returns {Row[]}
 */
export function rowsOf({ shape, measured }) {
  return measured.map(({ subject, samples }) => {
    const cpu = samples.map((sample) => sample.cpuMicrosPerOperation);
    const interval = medianInterval(cpu);
    return {
      shape: shape.name,
      subject: subject.name,
      cpu_us_per_op: rounded(median(cpu)),
      ci95: interval === null ? null : [rounded(interval[0]), rounded(interval[1])],
      ops_per_s: Math.round(median(samples.map((sample) => sample.operationsPerSecond))),
      p50_us: medianOf(samples, (sample) => sample.p50Micros),
      p99_us: medianOf(samples, (sample) => sample.p99Micros),
      rss_kb: rounded(median(samples.map((sample) => sample.residentKb))),
      runs: samples.length,
    };
  });
}

/**
 * A measure of one subject against another's, over the same rounds; null where it has none.
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[]} reference
 * @param {(sample: Sample) => number | null | undefined} of
 */
export function compareSamples(samples, reference, of) {
  const values = valuesOf(samples, of);
  const others = valuesOf(reference, of);
  return values === null || others === null ? null : compare(values, others);
}

/**
 * A measure in every run, or null when some run has none.
 * @param {readonly Sample[]} samples
 * @param {(sample: Sample) => number | null | undefined} of
 */
export function valuesOf(samples, of) {
  const values = samples.map(of).filter((value) => typeof value === "number");
  return values.length === samples.length ? values : null;
}

/**
 * @typedef {object} Loss
 * @property {string} shape
 * @property {string} subject of pike
 * @property {string} other who is better
 * @property {string} label of the measure
 * @property {number} ratio
 * @property {import("./statistics.mjs").Interval | null} interval
 */

/**
 * Where pike is worse than something that is not pike: one entry for each measure of each pair.
 *
 * A start is not judged: beside an empty module everything loses, and what it may cost is one of
 * the marks.
 * @param {import("./interleave.mjs").ShapeResult} result
 * @returns {Loss[]}
 */
export function lossesOf({ shape, measured }) {
  if (shape.method === "start") return [];
  const losses = [];
  for (const { subject, samples } of measured) {
    if (subject.role !== "pike") continue;
    for (const other of measured) {
      if (other.subject.role === "pike") continue;
      for (const { label, better, of } of measures) {
        const comparison = compareSamples(samples, other.samples, of);
        if (comparison === null || comparison.verdict === "tie" || comparison.verdict === better) {
          continue;
        }
        const { ratio, interval } = comparison;
        const names = { shape: shape.name, subject: subject.name, other: other.subject.name };
        losses.push({ ...names, label, ratio, interval });
      }
    }
  }
  return losses;
}

/**
 * @param {readonly Sample[]} samples
 * @param {(sample: Sample) => number | null} of
 */
function medianOf(samples, of) {
  const values = valuesOf(samples, of);
  return values === null ? null : rounded(median(values));
}

/** @param {number} value */
function rounded(value) {
  return Math.round(value * 1000) / 1000;
}
