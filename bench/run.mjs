/**
 * One run: a fresh server, a load generator against it, and what the server used meanwhile.
 *
 * Order of events: the server prints "listening PORT"; the load connects, warms it up and stops;
 * with nothing in flight the server's CPU time is read; the load runs and stops; it is read again.
 * So each operation is counted whole, and connecting and closing not at all.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "./build.mjs";
import { Child } from "./child.mjs";
import { cpuMicrosBetween, cpuSnapshot, residentKb } from "./cpu.mjs";
import { BenchError } from "./error.mjs";

/** How long a server may take to listen. */
const START_MS = 15_000;

/** On top of the time the load is told to run for. */
const LOAD_GRACE_MS = 20_000;

/** For the server to go back to sleep after the last operation: only then is its CPU time exact. */
const SETTLE_MS = 20;

/**
 * @typedef {object} Timing
 * @property {number} warmUpSeconds
 * @property {number} seconds
 *
 * @typedef {object} Sample
 * @property {number} cpuMicrosPerOperation
 * @property {number} operationsPerSecond
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {number} residentKb
 * @property {number} serverBusy share of one processor, 0 to 1 (more with several threads)
 * @property {number} loadBusy share of one processor that the load generator used
 * @property {number} operations warm-up included
 */

/**
 * @param {import("./shapes.mjs").Shape} shape
 * @param {import("./subjects.mjs").Subject} subject
 * @param {Timing} timing
 * @param {import("./pinning.mjs").Pinning} pinning
 * @returns {Promise<Sample>}
 */
export async function runOnce(shape, subject, timing, pinning) {
  const command = subject.services[shape.service];
  if (command === undefined) throw new BenchError(`${subject.name} has no ${shape.service}`);
  const server = new Child(`the server of ${subject.name}`, command, pinning?.server);
  try {
    const port = portOf(await server.line(START_MS));
    return await measure(server, shape, port, timing, pinning);
  } finally {
    await server.stop();
  }
}

/**
 * @param {Child} server
 * @param {import("./shapes.mjs").Shape} shape
 * @param {number} port
 * @param {Timing} timing
 * @param {import("./pinning.mjs").Pinning} pinning
 * @returns {Promise<Sample>}
 */
async function measure(server, shape, port, timing, pinning) {
  const args = [...shape.load, "--port", String(port)];
  args.push("--warm-up", String(timing.warmUpSeconds), "--seconds", String(timing.seconds));
  const load = new Child("the load", { command: programPath("load"), args }, pinning?.load);
  try {
    await load.line(timing.warmUpSeconds * 1000 + LOAD_GRACE_MS);
    await sleep(SETTLE_MS);
    const before = cpuSnapshot(server.pid);
    load.proceed();
    const result = JSON.parse(await load.line(timing.seconds * 1000 + LOAD_GRACE_MS));
    await sleep(SETTLE_MS);
    const micros = cpuMicrosBetween(before, cpuSnapshot(server.pid));
    if (result.operations === 0) throw new BenchError("the load completed no operation");
    return {
      cpuMicrosPerOperation: micros / result.operations,
      operationsPerSecond: result.operations / result.seconds,
      p50Micros: result.p50_us,
      p99Micros: result.p99_us,
      residentKb: residentKb(server.pid),
      serverBusy: micros / 1e6 / result.seconds,
      loadBusy: result.load_cpu_us / 1e6 / result.seconds,
      operations: result.warm_up_operations + result.operations,
    };
  } finally {
    await load.stop();
  }
}

/** @param {string} line */
export function portOf(line) {
  const port = /^listening (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new BenchError(`expected "listening PORT", got "${line}"`);
  return Number(port);
}
