/**
 * The benchmark from the command line to the exit code. Run by itself it measures what is built.
 */
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { defaultBackend, findAvailable } from "./availability.mjs";
import { buildPrograms } from "./build.mjs";
import { killChildren } from "./child.mjs";
import { BenchError } from "./error.mjs";
import { htmlPage } from "./html/page.mjs";
import { runShape } from "./interleave.mjs";
import { judge } from "./judge.mjs";
import { helpText, parseOptions, takingPart, UsageError } from "./options.mjs";
import { installPeers } from "./peers.mjs";
import { choosePinning } from "./pinning.mjs";
import { Progress } from "./progress.mjs";
import { heading, shapeTable, verdict } from "./report.mjs";
import { rowsOf } from "./rows.mjs";
import { checkSanity } from "./sanity.mjs";

/**
 * Runs it; rejects only for faults of the benchmark itself.
 * @param {readonly string[]} argv
 * @param {() => Promise<void>} buildPike
 * @returns {Promise<number>} the exit code
 */
export async function bench(argv, buildPike) {
  try {
    const options = parseOptions(argv);
    if (options.help) {
      process.stdout.write(helpText());
      return 0;
    }
    return await measure(options, buildPike);
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}

/**
 * @param {import("./options.mjs").Options} options
 * @param {() => Promise<void>} buildPike
 */
async function measure(options, buildPike) {
  if (process.platform !== "linux")
    throw new BenchError("the benchmark needs Linux (epoll, /proc)");
  endOnSignals();
  const built = buildPrograms();
  if (built.length > 0) process.stderr.write(`built ${built.join(", ")}\n`);
  process.stderr.write(`${await checkSanity()}\n`);
  if (options.sanityOnly) return 0;

  if (options.build && options.subjects.some(({ role }) => role === "pike")) await buildPike();
  if (options.peers) {
    const installed = installPeers();
    if (installed.length > 0) process.stderr.write(`installed ${installed.join(", ")}\n`);
  }
  const { present, absent } = await findAvailable(options.subjects);
  if (options.named && absent.length > 0) {
    const [{ subject, reason }] = /** @type {[typeof absent[number]]} */ (absent);
    throw new BenchError(`${subject.name} cannot take part: ${reason}`);
  }
  return await measureAll({ ...options, subjects: present }, absent);
}

/**
 * @param {import("./options.mjs").Options} options with the subjects that can take part
 * @param {readonly import("./availability.mjs").Absent[]} absent
 */
async function measureAll(options, absent) {
  const pairs = plannedPairs(options);
  const pinning = choosePinning();
  const head = heading(options, pinning);
  process.stdout.write(`\n${head}\n`);
  const progress = new Progress(pairs * options.runs);
  const budgetMs = (options.budgetSeconds ?? Infinity) * 1000;
  const started = performance.now();
  const results = [];
  let done = 0;
  for (const shape of options.shapes) {
    const count = takingPart(shape, options).length;
    if (count === 0) continue;
    done += count;
    const until = started + budgetMs * (done / pairs);
    const result = await runShape(shape, options, pinning, progress, until);
    progress.clear();
    process.stdout.write(`${shapeTable(result)}\n`);
    results.push(result);
  }
  const outcomes = judge(results, await defaultBackend());
  process.stdout.write(verdict(results, absent, outcomes));
  if (options.json !== null) write(options.json, jsonOf(results.flatMap(rowsOf)));
  if (options.html !== null) {
    const report = { results, outcomes, absent, heading: head, when: new Date() };
    write(options.html, htmlPage(report));
  }
  return results.some(({ failed }) => failed.length > 0) ? 1 : 0;
}

/**
 * How many subjects are measured, over all shapes. Asking for subjects and shapes that have nothing
 * in common is a mistake.
 * @param {import("./options.mjs").Options} options
 */
function plannedPairs(options) {
  const pairs = options.shapes.reduce((sum, shape) => sum + takingPart(shape, options).length, 0);
  if (pairs === 0) throw new UsageError("none of these subjects takes part in any of these shapes");
  return pairs;
}

/** An interrupted benchmark leaves no process behind, and no half a line on the terminal. */
function endOnSignals() {
  for (const [signal, number] of /** @type {const} */ ([
    ["SIGINT", 2],
    ["SIGTERM", 15],
    ["SIGHUP", 1],
  ])) {
    process.once(signal, () => {
      killChildren();
      process.stderr.write("\nended before its time; nothing was written\n");
      process.exit(128 + number);
    });
  }
}

/** @param {readonly import("./rows.mjs").Row[]} rows */
function jsonOf(rows) {
  return `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`;
}

/**
 * @param {string} path
 * @param {string} text
 */
function write(path, text) {
  writeFileSync(path, text);
  process.stderr.write(`wrote ${path}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  process.exitCode = await bench(process.argv.slice(2), () => Promise.resolve());
}
