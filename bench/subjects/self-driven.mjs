/**
 * For programs that are their own load: two workers that wake each other. Arguments, and what the
 * benchmark is told and asked.
 */
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";

/** One round trip in so many is timed: reading the clock costs too. */
const SAMPLE = 16;

/** --warm-up and --seconds. */
export function durations() {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: { "warm-up": { type: "string" }, seconds: { type: "string" } },
  });
  return { warmUp: Number(values["warm-up"]), seconds: Number(values.seconds) };
}

/**
 * Says that everything is warm, waits for a line, and prints what `run` resolves to; then ends with
 * standard input.
 * @param {() => Promise<object>} run
 */
export async function obey(run) {
  const lines = createInterface({ input: process.stdin });
  lines.on("close", () => process.exit());
  lines.once("line", async () => {
    process.stdout.write(`${JSON.stringify(await run())}\n`);
  });
  process.stdout.write(`${JSON.stringify({ ready: true })}\n`);
}

/** Counts round trips and times some of them. */
export class Stopwatch {
  operations = 0;
  /** @type {number[]} */
  #latencies = [];
  #started = performance.now();
  #end;
  #tripStarted = 0;

  /** @param {number} seconds */
  constructor(seconds) {
    this.#end = this.#started + seconds * 1000;
  }

  /** Before a round trip; false when the time is over. */
  begin() {
    if (this.operations % SAMPLE !== 0) return true;
    this.#tripStarted = performance.now();
    return this.#tripStarted < this.#end;
  }

  /** After a round trip. */
  end() {
    if (this.operations++ % SAMPLE === 0) {
      this.#latencies.push(performance.now() - this.#tripStarted);
    }
  }

  /** What the benchmark reads. */
  result() {
    const sorted = this.#latencies.sort((a, b) => a - b);
    const micros = (/** @type {number} */ share) =>
      (sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 1000;
    return {
      operations: this.operations,
      seconds: (performance.now() - this.#started) / 1000,
      p50_us: micros(0.5),
      p99_us: micros(0.99),
    };
  }
}
