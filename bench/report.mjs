/**
 * Results for people: a table for each shape, and in plain words where pike loses.
 */
import { cpus, release } from "node:os";
import { compilerVersion } from "./build.mjs";
import { markFigure, markLimit, markTitle } from "./judge.mjs";
import { lossEntries } from "./losses.mjs";
import { extraLabels } from "./methods/sample.mjs";
import { compareSamples, lossesOf, rowsOf, valuesOf } from "./rows.mjs";
import { median, RUNS_FOR_ORDER_INTERVAL } from "./statistics.mjs";
import { references } from "./subjects.mjs";

/** @typedef {import("./methods/sample.mjs").Sample} Sample */

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
  const most = options.budgetSeconds === null ? "" : "at most ";
  const rounds = options.runs === 1 ? "1 run" : `${most}${options.runs} interleaved runs`;
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
  const named = referencesOf(measured);
  const extras = extrasOf(measured);
  const head = [
    "subject",
    `CPU µs/${shape.operation}`,
    "95 % interval",
    ...named.map((reference) => `× ${reference.subject.name}`),
    ...extras.map((extra) => extraLabels[extra]),
    "ops/s",
    "p50 µs",
    "p99 µs",
    shape.method === "idle" ? "RSS KB/idle" : "RSS KB",
    "busy: server, load",
  ];
  const body = rowsOf(result).map((row, index) => {
    const { samples } = /** @type {(typeof measured)[number]} */ (measured[index]);
    return [
      row.subject,
      row.cpu_us_per_op.toFixed(2),
      row.ci95 === null ? "one run" : row.ci95.map((end) => end.toFixed(2)).join("–"),
      ...named.map((reference) => ratioCell(samples, reference.samples)),
      ...extras.map((extra) => extraCell(samples, extra)),
      row.ops_per_s.toLocaleString("en"),
      row.p50_us?.toFixed(1) ?? "–",
      row.p99_us?.toFixed(1) ?? "–",
      row.rss_kb < 100 ? row.rss_kb.toFixed(2) : Math.round(row.rss_kb).toLocaleString("en"),
      busyCell(samples),
    ];
  });
  const lines = [`${shape.name}: ${shape.what}`, ...aligned([head, ...body])];
  for (const { subject, reason } of failed) lines.push(`  ${subject.name} FAILED: ${reason}`);
  return `${[...lines, ...remarks(measured)].join("\n")}\n`;
}

/**
 * How many runs there were of what was measured least and most often; 0 when nothing was.
 * @param {readonly import("./interleave.mjs").ShapeResult[]} results
 */
export function runsOf(results) {
  const counts = results.flatMap(({ measured }) => measured.map(({ samples }) => samples.length));
  if (counts.length === 0) return { fewest: 0, most: 0 };
  return { fewest: Math.min(...counts), most: Math.max(...counts) };
}

/**
 * Those whom the others are compared with, as far as they were measured.
 * @param {import("./interleave.mjs").ShapeResult["measured"]} measured
 */
export function referencesOf(measured) {
  return references.flatMap((name) => measured.find((entry) => entry.subject.name === name) ?? []);
}

/**
 * What was not measured and why, where pike loses, and the marks.
 * @param {readonly import("./interleave.mjs").ShapeResult[]} results
 * @param {readonly import("./availability.mjs").Absent[]} absent
 * @param {readonly import("./judge.mjs").Outcome[]} outcomes
 */
export function verdict(results, absent, outcomes) {
  const { fewest, most } = runsOf(results);
  const pike = results.flatMap(({ measured }) => measured).filter(isPike);
  const failed = results.flatMap(({ shape, failed: entries }) =>
    entries.map(({ subject }) => `  ${shape.name}: ${subject.name}`),
  );
  const lines = absentLines(absent);
  if (failed.length > 0) lines.push("Failed, and so not measured:", ...failed);
  const losses = results.flatMap(lossesOf);
  if (pike.length === 0) lines.push("pike was not measured.");
  else if (most <= 1) lines.push("One run tells no difference from chance: nothing is judged.");
  else if (losses.length === 0) lines.push("pike loses nowhere here.");
  else lines.push("Where pike loses:", ...lossLines(losses));
  if (pike.length > 0 && most > 1) lines.push("", ...markLines(outcomes));
  if (most > 1 && fewest < RUNS_FOR_ORDER_INTERVAL) {
    lines.push(
      `With fewer than ${RUNS_FOR_ORDER_INTERVAL} runs the intervals take them to be normally distributed.`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** @param {readonly import("./rows.mjs").Loss[]} losses */
function lossLines(losses) {
  return lossEntries(losses).map(({ where, what }) => `  ${where}: ${what}`);
}

/**
 * Who takes no part, one line for each reason.
 * @param {readonly import("./availability.mjs").Absent[]} absent
 */
export function absentLines(absent) {
  const reasons = [...new Set(absent.map(({ reason }) => reason))];
  return reasons.map((reason) => {
    const names = absent.filter((one) => one.reason === reason).map(({ subject }) => subject.name);
    return `Not measured: ${names.join(", ")}: ${reason}`;
  });
}

/**
 * A line for each mark that could be judged, and how many could not.
 * @param {readonly import("./judge.mjs").Outcome[]} outcomes
 */
function markLines(outcomes) {
  const judged = outcomes.filter(({ state }) => state !== "not measured");
  const table = judged.map(({ mark, subject, value, state, close }) => [
    mark.shape,
    markTitle(mark),
    subject ?? "",
    markFigure(mark, value),
    `${mark.bound === "most" ? "≤" : "≥"} ${markLimit(mark)}`,
    `${mark.goal === true ? "goal " : ""}${state}${close ? ", within noise" : ""}`,
  ]);
  const open = outcomes.length - judged.length;
  const rest = open === 0 ? "" : `; ${open} more need subjects or shapes that were not measured`;
  return [`Marks${rest}`, ...aligned(table, [3, 4])];
}

/** @param {{ subject: import("./subjects.mjs").Subject }} entry */
function isPike({ subject }) {
  return subject.role === "pike";
}

/**
 * @param {readonly Sample[]} samples
 * @param {readonly Sample[]} reference
 */
export function ratioCell(samples, reference) {
  if (samples === reference) return "1";
  const compared = compareSamples(samples, reference, (sample) => sample.cpuMicrosPerOperation);
  if (compared === null) return "–";
  const { ratio, interval, verdict: judged } = compared;
  if (interval === null) return `${ratio.toFixed(2)} ?`;
  return judged === "tie" ? `${ratio.toFixed(2)} tie` : ratio.toFixed(2);
}

/**
 * The figures that only this shape has.
 * @param {import("./interleave.mjs").ShapeResult["measured"]} measured
 */
export function extrasOf(measured) {
  const names = /** @type {(keyof typeof extraLabels)[]} */ (Object.keys(extraLabels));
  return names.filter((extra) =>
    measured.some(({ samples }) => samples.some((sample) => sample.extras[extra] !== undefined)),
  );
}

/**
 * @param {readonly Sample[]} samples
 * @param {keyof typeof extraLabels} extra
 */
export function extraCell(samples, extra) {
  const values = valuesOf(samples, (sample) => sample.extras[extra]);
  if (values === null) return "–";
  const value = median(values);
  if (extra === "arrivedShare") return `${(value * 100).toFixed(1)} %`;
  if (extra === "nativeBytes") return String(Math.round(value));
  return value < 10 ? value.toFixed(2) : value.toFixed(1);
}

/**
 * What limits the reading of a table.
 * @param {import("./interleave.mjs").ShapeResult["measured"]} measured
 */
export function remarks(measured) {
  const full = measured.filter(({ samples }) => {
    const busy = valuesOf(samples, (sample) => sample.loadBusy);
    return busy !== null && median(busy) >= LOAD_FULL;
  });
  if (full.length === 0) return [];
  const names = full.map(({ subject }) => subject.name).join(", ");
  return [
    `  The load generator filled its processor against ${names}: there rate and latency are its own limit;`,
    "  CPU per operation is the server's all the same.",
  ];
}

/** @param {readonly Sample[]} samples */
function busyCell(samples) {
  const server = `${Math.round(median(samples.map(({ serverBusy }) => serverBusy)) * 100)} %`;
  const load = valuesOf(samples, ({ loadBusy }) => loadBusy);
  return load === null ? server : `${server}, ${Math.round(median(load) * 100)} %`;
}

/**
 * Words to the left, figures to the right.
 * @param {readonly (readonly string[])[]} table
 * @param {readonly number[]} figures their columns; all but the first when left out
 */
function aligned(table, figures = (table[0] ?? []).map((_, column) => column).slice(1)) {
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => [...(row[column] ?? "")].length)),
  );
  return table.map((row) =>
    `  ${row
      .map((cell, column) => {
        const space = " ".repeat((widths[column] ?? 0) - [...cell].length);
        return figures.includes(column) ? space + cell : cell + space;
      })
      .join("  ")}`.trimEnd(),
  );
}
