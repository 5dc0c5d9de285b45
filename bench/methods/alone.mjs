/**
 * A run of a program that needs no load: it warms up, prints {"ready":true}, waits for a line,
 * runs, and prints its result. Its CPU time is read on both sides, while it waits.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Child } from "../child.mjs";
import { cpuMicrosBetween, cpuSnapshot, residentKb } from "../cpu.mjs";
import { BenchError } from "../error.mjs";

const GRACE_MS = 20_000;
const SETTLE_MS = 20;

/**
 * @param {import("./sample.mjs").Run} run
 * @returns {Promise<import("./sample.mjs").Sample>}
 */
export async function runAlone({ subject, command, timing, pinning }) {
  const { warmUpSeconds, seconds } = timing;
  const args = [...command.args, "--warm-up", String(warmUpSeconds), "--seconds", String(seconds)];
  const name = `the program of ${subject.name}`;
  const program = new Child(name, { ...command, args }, pinning?.server);
  try {
    await program.line(warmUpSeconds * 1000 + GRACE_MS);
    await sleep(SETTLE_MS);
    const before = cpuSnapshot(program.pid);
    program.say("run");
    const result = JSON.parse(await program.line(seconds * 1000 + GRACE_MS));
    await sleep(SETTLE_MS);
    const micros = cpuMicrosBetween(before, cpuSnapshot(program.pid));
    if (!(result.operations > 0)) throw new BenchError("no operation was completed");
    return {
      cpuMicrosPerOperation: micros / result.operations,
      operationsPerSecond: result.operations / result.seconds,
      p50Micros: result.p50_us,
      p99Micros: result.p99_us,
      residentKb: residentKb(program.pid),
      serverBusy: micros / 1e6 / result.seconds,
      loadBusy: null,
      extras: {},
    };
  } finally {
    await program.stop();
  }
}
