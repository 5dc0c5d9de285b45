/**
 * Results for people: a table for each shape, and in plain words where pike loses.
 */
import { cpus, release } from "node:os";
import { compilerVersion } from "./build.mjs";
import { compareSamples, lossesOf, rowsOf } from "./rows.mjs";
import { median, RUNS_FOR_ORDER_INTERVAL } from "./statistics.mjs";
import { references } from "./subjects.mjs";

/**
 *  From this share of its processor on, the load generator rather than the server may set the rate.
 */
const LOAD_FULL = 0.95;

/**
 * The machine and how it is used.
 * @param {import("./options.mjs").Options} options
 * @param {import("./pinning.mjs").Pinning} pinning
 */
export function heading(options, pinning) {
  const processors = cpus();
  const { warmUpSeconds, seconds } = options.timing;
  const rounds = options.runs === 1 ? "1 run" : `${options.runs} interleaved runs`;
  const where =
    pinning === null
      ? "NOT pinned (taskset(1) and two processors are needed): expect scatter"
      : `server on processor ${pinning.server}, load on processor ${pinning.load}`;
  return `${processors[0]?.model.trim() ?? "unknown processor"} × ${processors.length}, Linux ${release()}, \
Node ${process.version}, ${compilerVersion()}
${rounds} of ${seconds} s after ${warmUpSeconds} s of warm-up; ${where}
`;
}

/**
 * @param {import("./interleave.mjs").ShapeResult} result
 */
export function shapeTable(result) {
  const { shape, measured, failed } = result;
  const named = references.flatMap(
    (name) => measured.find((entry) => entry.subject.name === name) ?? [],
  );
  const head = [
    "subject",
    `CPU µs/${shape.operation}`,
    "95 % interval",
    ...named.map((reference) => `× ${reference.subject.name}`),
    "ops/s",
    "p50 µs",
    "p99 µs",
    "RSS KB",
    "busy: server, load",
  ];
  const body = rowsOf(result).map((row, index) => {
    const { subject, samples } = /** @type {(typeof measured)[number]} */ (measured[index]);
    return [
      row.subject,
      row.cpu_us_per_op.toFixed(2),
      row.ci95 === null ? "one run" : row.ci95.map((end) => end.toFixed(2)).join("–"),
      ...named.map((reference) =>
        reference.subject === subject ? "1" : ratioCell(samples, reference.samples),
      ),
      row.ops_per_s.toLocaleString("en"),
      row.p50_us.toFixed(1),
      row.p99_us.toFixed(1),
      row.rss_kb.toLocaleString("en"),
      `${percent(samples, (sample) => sample.serverBusy)}, ${percent(samples, (sample) => sample.loadBusy)}`,
    ];
  });
  const lines = [`${shape.name}: ${shape.what}`, ...aligned([head, ...body])];
  for (const { subject, reason } of failed) lines.push(`  ${subject.name} FAILED: ${reason}`);
  return `${[...lines, ...remarks(measured)].join("\n")}\n`;
}

/**
 * Where pike loses, or that it does not.
 * @param {readonly import("./interleave.mjs").ShapeResult[]} results
 * @param {number} runs
 */
export function verdict(results, runs) {
  const pike = results.flatMap(({ measured }) => measured).filter(isPike);
  const failed = results.flatMap(({ shape, failed: entries }) =>
    entries.map(({ subject }) => `  ${shape.name}: ${subject.name}`),
  );
  const lines = [];
  if (failed.length > 0) lines.push("Failed, and so not measured:", ...failed);
  const losses = results.flatMap(lossesOf);
  if (pike.length === 0) lines.push("pike was not measured.");
  else if (runs === 1) lines.push("One run tells no difference from chance: nothing is judged.");
  else if (losses.length === 0) lines.push("pike loses nowhere here.");
  else lines.push("Where pike loses:", ...losses.map(lossLine));
  if (runs > 1 && runs < RUNS_FOR_ORDER_INTERVAL) {
    lines.push(
      `With fewer than ${RUNS_FOR_ORDER_INTERVAL} runs the intervals take them to be normally distributed.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** @param {ReturnType<typeof lossesOf>[number]} loss */
function lossLine({ shape, subject, other, lost }) {
  const parts = lost.map(({ label, ratio, interval }) => {
    const ends = interval === null ? "" : ` (${interval.map((end) => end.toFixed(2)).join("–")})`;
    return `${label} ${ratio.toFixed(2)} ×${ends}`;
  });
  return `  ${shape}: ${subject} against ${other}: ${parts.join(", ")}`;
}

/** @param {{ subject: import("./subjects.mjs").Subject }} entry */
function isPike({ subject }) {
  return subject.role === "pike";
}

/**
 * @param {readonly import("./run.mjs").Sample[]} samples
 * @param {readonly import("./run.mjs").Sample[]} reference
 */
function ratioCell(samples, reference) {
  const { ratio, interval, verdict } = compareSamples(
    samples,
    reference,
    (sample) => sample.cpuMicrosPerOperation,
  );
  if (interval === null) return `${ratio.toFixed(2)} ?`;
  return verdict === "tie" ? `${ratio.toFixed(2)} tie` : ratio.toFixed(2);
}

/**
 * What limits the reading of a table.
 * @param {import("./interleave.mjs").ShapeResult["measured"]} measured
 */
function remarks(measured) {
  const full = measured.filter(
    ({ samples }) => median(samples.map((sample) => sample.loadBusy)) >= LOAD_FULL,
  );
  if (full.length === 0) return [];
  const names = full.map(({ subject }) => subject.name).join(", ");
  return [
    `  The load generator filled its processor against ${names}: there rate and latency are its own limit;`,
    "  CPU per operation is the server's all the same.",
  ];
}

/**
 * @param {readonly import("./run.mjs").Sample[]} samples
 * @param {(sample: import("./run.mjs").Sample) => number} of
 */
function percent(samples, of) {
  return `${Math.round(median(samples.map(of)) * 100)} %`;
}

/**
 * The first column to the left, figures to the right.
 * @param {readonly (readonly string[])[]} table
 */
function aligned(table) {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => [...(row[column] ?? "")].length)),
  );
  return table.map((row) =>
    `  ${row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join("  ")}`.trimEnd(),
  );
}
