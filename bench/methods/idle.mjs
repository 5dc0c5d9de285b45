/**
 * A run with idle connections: what each of them costs in memory, and what they cost the busy ones.
 *
 * The busy connections are measured alone first, then thousands of idle ones are opened, then the
 * busy ones are measured again, all against one server. Memory is read before and after the idle
 * ones are opened, both times with the server asleep.
 */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { residentKb } from "../cpu.mjs";
import { BenchError } from "../error.mjs";
import { measurePhase, onStage } from "./load.mjs";

/** Descriptors that a process needs beside its connections. */
const SPARE_DESCRIPTORS = 200;

/** For a runtime to give back what it only needed while connections came in. */
const REST_MS = 200;

/** Thousands of connections a second are slow enough for this. */
const OPEN_MS = 60_000;

/**
 * @param {import("./sample.mjs").Run} run
 * @returns {Promise<import("./sample.mjs").Sample>}
 */
export function runIdle(run) {
  const count = run.timing.idleConnections;
  checkDescriptors(count);
  return onStage(run, async (stage) => {
    const { server, load } = stage;
    const alone = (await measurePhase(run, stage)).sample;
    const before = await memoryOf(server);
    load.say(`idle ${count}`);
    await load.line(OPEN_MS);
    await sleep(REST_MS);
    const after = await memoryOf(server);
    const beside = (await measurePhase(run, stage)).sample;
    const idleBytes = (after.resident - before.resident) / count;
    const heapBytes = (after.heap - before.heap) / count;
    return {
      ...beside,
      residentKb: idleBytes / 1024,
      extras: {
        ...(run.subject.role === "pike" && { nativeBytes: idleBytes - heapBytes }),
        besideAlone: beside.cpuMicrosPerOperation / alone.cpuMicrosPerOperation,
      },
    };
  });
}

/**
 * In bytes. A server in C has no heap to tell of.
 * @param {import("../child.mjs").Child} server
 */
async function memoryOf(server) {
  const { heap = 0 } = await server.ask();
  return { resident: residentKb(server.pid) * 1024, heap };
}

/**
 * The servers and the load raise their limit themselves, as far as they are let.
 * @param {number} connections
 */
function checkDescriptors(connections) {
  const text = readFileSync("/proc/self/limits", "utf8");
  const hard = /^Max open files\s+\S+\s+(\S+)/m.exec(text)?.[1];
  const needed = connections + SPARE_DESCRIPTORS;
  if (hard === undefined || hard === "unlimited" || Number(hard) >= needed) return;
  throw new BenchError(
    `needs ${needed} open files and the limit is ${hard}: raise it with "ulimit -Hn ${needed}"`,
  );
}
