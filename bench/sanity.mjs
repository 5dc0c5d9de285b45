/**
 * Is the measuring itself sound? The load generator against the C server, both of which count: what
 * the one says it sent, the other must have seen, and the server's CPU time must be there and below
 * the time passed.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { programPath } from "./build.mjs";
import { Child } from "./child.mjs";
import { cpuMicrosBetween, cpuSnapshot } from "./cpu.mjs";
import { BenchError } from "./error.mjs";
import { portOf } from "./methods/load.mjs";

const BYTES = 64;
const CONNECTIONS = 8;
const ECHOES = 20_000;
const CONVERSATIONS = 500;
const TIMEOUT_MS = 20_000;

/** Resolves with a line that says what was found, or rejects naming what does not add up. */
export async function checkSanity() {
  const server = new Child("the C server", { command: programPath("echo_epoll"), args: [] });
  try {
    const port = portOf(await server.line(TIMEOUT_MS));
    const started = performance.now();
    const before = cpuSnapshot(server.pid);
    await load("echo", ECHOES, port);
    await load("accept", CONVERSATIONS, port);
    await sleep(20);
    const after = cpuSnapshot(server.pid);
    const passedMicros = (performance.now() - started) * 1000;
    const cpuMicros = cpuMicrosBetween(before, after);
    const counts = await server.ask();
    expectEqual("connections accepted", counts.accepted, CONNECTIONS + CONVERSATIONS);
    expectEqual("bytes echoed", counts.bytes, (ECHOES + CONVERSATIONS) * BYTES);
    if (!(cpuMicros > 0 && cpuMicros <= passedMicros)) {
      throw new BenchError(
        `sanity: ${cpuMicros} µs of CPU in ${Math.round(passedMicros)} µs cannot be`,
      );
    }
    const grain =
      after.grainNs === 1 ? "nanoseconds" : "clock ticks of 10 ms, too coarse for short runs";
    return `sanity: ${ECHOES} echoes and ${CONVERSATIONS} conversations counted alike on both sides; CPU time in ${grain}`;
  } finally {
    await server.stop();
  }
}

/**
 * @param {"echo" | "accept"} mode
 * @param {number} requests
 * @param {number} port
 */
async function load(mode, requests, port) {
  const args = ["--mode", mode, "--port", String(port), "--requests", String(requests)];
  args.push("--connections", String(CONNECTIONS), "--bytes", String(BYTES));
  const child = new Child("the load", { command: programPath("load"), args });
  try {
    await child.line(TIMEOUT_MS);
    child.say("run");
    const { operations } = JSON.parse(await child.line(TIMEOUT_MS));
    expectEqual(`operations in mode ${mode}`, operations, requests);
  } finally {
    await child.stop();
  }
}

/**
 * @param {string} what
 * @param {number | undefined} found
 * @param {number} wanted
 */
function expectEqual(what, found, wanted) {
  if (found !== wanted) throw new BenchError(`sanity: ${what}: ${found} instead of ${wanted}`);
}
