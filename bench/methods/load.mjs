/**
 * A run against the load generator: a fresh server, the load, and what the server used meanwhile.
 *
 * Order of events: the server prints "listening PORT"; the load connects, warms it up and stops;
 * with nothing in flight the server's CPU time is read; the load runs and stops; it is read again.
 * So each operation is counted whole, and connecting and closing not at all.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "../build.mjs";
import { Child } from "../child.mjs";
import { cpuMicrosBetween, cpuSnapshot, residentKb } from "../cpu.mjs";
import { BenchError } from "../error.mjs";

/** How long a server may take to listen. */
const START_MS = 30_000;

/** On top of the time the load is told to run for. */
const GRACE_MS = 20_000;

/** For the server to go back to sleep after the last operation: only then is its CPU time exact. */
const SETTLE_MS = 20;

const BYTES_PER_GB = 1e9;

/**
 * What the load prints after a measured phase.
 * @typedef {object} LoadResult
 * @property {number} operations
 * @property {number} arrived
 * @property {number} seconds
 * @property {number} p50_us
 * @property {number} p99_us
 * @property {number} load_cpu_us
 *
 * @typedef {object} Stage a server with its load, warmed up
 * @property {Child} server
 * @property {Child} load
 */

/**
 * @param {import("./sample.mjs").Run} run
 * @returns {Promise<import("./sample.mjs").Sample>}
 */
export function runAgainstLoad(run) {
  return onStage(run, async (stage) => {
    const { sample } = await measurePhase(run, stage);
    return { ...sample, residentKb: residentKb(stage.server.pid) };
  });
}

/**
 * Starts a server and the load, has the load warm the server up, and ends both afterwards.
 * @template Value
 * @param {import("./sample.mjs").Run} run
 * @param {(stage: Stage) => Promise<Value>} act
 * @returns {Promise<Value>}
 */
export async function onStage({ shape, subject, command, timing, pinning }, act) {
  const server = new Child(`the server of ${subject.name}`, command, pinning?.server);
  try {
    const port = portOf(await server.line(START_MS));
    const args = [...shape.load, "--port", String(port)];
    args.push("--warm-up", String(timing.warmUpSeconds), "--seconds", String(timing.seconds));
    const load = new Child("the load", { command: programPath("load"), args }, pinning?.load);
    try {
      await load.line(timing.warmUpSeconds * 1000 + GRACE_MS);
      return await act({ server, load });
    } finally {
      await load.stop();
    }
  } finally {
    await server.stop();
  }
}

/**
 * One measured phase, between two readings of a server at rest.
 * @param {import("./sample.mjs").Run} run
 * @param {Stage} stage
 */
export async function measurePhase({ shape, timing }, { server, load }) {
  await sleep(SETTLE_MS);
  const countBefore = shape.counted ? await datagramsOf(server) : 0;
  const before = cpuSnapshot(server.pid);
  load.say("run");
  const line = await load.line(timing.seconds * 1000 + GRACE_MS);
  const result = /** @type {LoadResult} */ (JSON.parse(line));
  await sleep(SETTLE_MS);
  const micros = cpuMicrosBetween(before, cpuSnapshot(server.pid));
  const operations = shape.counted ? (await datagramsOf(server)) - countBefore : result.operations;
  if (operations === 0) throw new BenchError("no operation was completed");
  return { sample: sampleOf(shape, result, operations, micros) };
}

/**
 * @param {import("../shapes.mjs").Shape} shape
 * @param {LoadResult} result
 * @param {number} operations
 * @param {number} micros CPU time of the server
 * @returns {import("./sample.mjs").Sample}
 */
function sampleOf(shape, result, operations, micros) {
  // One thread that used more CPU time than there was went on after the load had ended, with what
  // was still in its queue.
  const seconds = shape.counted ? Math.max(result.seconds, micros / 1e6) : result.seconds;
  const cpuMicrosPerOperation = micros / operations;
  const { bytesPerOperation } = shape;
  return {
    cpuMicrosPerOperation,
    operationsPerSecond: operations / seconds,
    p50Micros: shape.counted ? null : result.p50_us,
    p99Micros: shape.counted ? null : result.p99_us,
    residentKb: 0,
    serverBusy: micros / 1e6 / seconds,
    loadBusy: result.load_cpu_us / 1e6 / seconds,
    extras: {
      ...(bytesPerOperation !== undefined && {
        cpuPerGb: (cpuMicrosPerOperation / 1000) * (BYTES_PER_GB / bytesPerOperation),
      }),
      ...(shape.counted && { arrivedShare: operations / result.operations }),
      ...(result.arrived > 0 && { arrivedShare: result.arrived / operations }),
    },
  };
}

/**
 * How many datagrams the server has received so far.
 * @param {Child} server
 */
async function datagramsOf(server) {
  return Number((await server.ask()).datagrams);
}

/** @param {string} line */
export function portOf(line) {
  const port = /^listening (\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new BenchError(`expected "listening PORT", got "${line}"`);
  return Number(port);
}
