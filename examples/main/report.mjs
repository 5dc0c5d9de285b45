/**
 * What the person sees: one line for each leg, live on a terminal, and what went wrong. Keeps the
 * rows for the final table.
 */
import { formatBytes, formatPace, formatRate, formatSeconds } from "./format.mjs";

const LEG_MS_MAX = 120_000;
const TICK_MS = 100;
const BAR = 24;

/** Collects rows and mismatches. */
export class Report {
  rows = [];
  mismatches = [];
  skipped = [];
  #live;
  #line = null;

  /** `live`: the terminal can be written over. */
  constructor(live) {
    this.#live = live;
  }

  /** A plain line. */
  say(text) {
    this.#clear();
    console.log(text);
  }

  /** Something that was not what it should be. */
  mismatch(text) {
    this.mismatches.push(text);
    this.say(`MISMATCH  ${text}`);
  }

  /** Something that cannot be done on this machine. */
  skip(title, reason) {
    this.skipped.push(`${title}: ${reason}`);
    this.say(`left out  ${title}: ${reason}`);
  }

  /**
   * Runs one leg. `work` gets a function that counts bytes for the live line, and gives a row:
   * { requests, seconds, bytes?, latencies?, cpuMicros?, nodeCpuMicros?, note? }.
   */
  async leg({ title, client, bytes = 0 }, work) {
    const wrongBefore = this.mismatches.length;
    const live = this.#start(`${title}, ${client}`, bytes);
    let row;
    try {
      row = await inTime(work(live.count));
    } catch (error) {
      throw new Error(`${title}, ${client}: ${error.message}`, { cause: error });
    } finally {
      live.stop();
    }
    this.rows.push({ title, client, ...summary(row) });
    const outcome = this.mismatches.length === wrongBefore ? "ok      " : "WRONG   ";
    this.say(`${outcome}  ${title}, ${client}: ${sentence(row)}`);
  }

  /** Follows some other work that takes a while. */
  async follow(title, bytes, work) {
    const live = this.#start(title, bytes);
    try {
      return await work(live.count);
    } finally {
      live.stop();
    }
  }

  #start(title, total) {
    if (!this.#live) return { count: () => {}, stop: () => {} };
    let bytes = 0;
    const begun = performance.now();
    const draw = () => {
      const seconds = (performance.now() - begun) / 1_000;
      const share = total === 0 ? 0 : Math.min(1, bytes / total);
      const bar = total === 0 ? "" : `[${"#".repeat(share * BAR).padEnd(BAR)}] `;
      const rate = bytes === 0 ? "" : `  ${formatRate(bytes / seconds)}`;
      this.#draw(`running   ${bar}${title}${rate}`);
    };
    draw();
    const timer = setInterval(draw, TICK_MS).unref();
    return {
      count: (more) => {
        bytes += more;
      },
      stop: () => {
        clearInterval(timer);
        this.#clear();
      },
    };
  }

  #draw(text) {
    const width = (process.stdout.columns ?? 80) - 1;
    this.#line = text.slice(0, width);
    process.stdout.write(`\r\x1b[K${this.#line}`);
  }

  #clear() {
    if (this.#line !== null) process.stdout.write("\r\x1b[K");
    this.#line = null;
  }
}

/** Percentiles instead of thousands of numbers. */
function summary({ latencies = [], ...row }) {
  const sorted = Float64Array.from(latencies).sort();
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return { ...row, medianMs: at(0.5), p99Ms: sorted.length < 2 ? undefined : at(0.99) };
}

function sentence(row) {
  const { requests, bytes, seconds, note } = row;
  const what = bytes === undefined ? "" : ` there and back, ${formatBytes(bytes)}`;
  const more = note === undefined ? "" : `; ${note}`;
  return `${requests}${what} in ${formatSeconds(seconds)}, ${formatPace(row)}${more}`;
}

/** A leg that hangs fails. */
function inTime(work) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    const error = new Error(`not finished after ${LEG_MS_MAX / 1_000} s`);
    timer = setTimeout(reject, LEG_MS_MAX, error);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
