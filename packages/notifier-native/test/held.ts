/**
 * What a process holds that notifiers could have left behind: descriptors, and threads that wait.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const STEP_MS = 20;
const INTERNET = ["tcp", "tcp6", "udp", "udp6"];

/** Counts them once what has ended is gone: "descriptors threads". */
export async function held(): Promise<string> {
  await workersGone();
  return count();
}

/** Deno says that a worker has ended a moment before its thread has, with all that it holds. */
export async function workersGone(): Promise<void> {
  if (process.versions["deno"] === undefined) return;
  while (threadNames().some((name) => /^worker-\d+$/.test(name))) await sleep(STEP_MS);
}

function count(): string {
  const descriptors = readdirSync("/proc/self/fd").map(targetOf);
  const waiters = threadNames().filter((name) => name === "pike-waiter");
  return `${ours(descriptors).length} ${waiters.length}`;
}

/** Deno's own come and go: files of its caches, pairs of sockets for its workers. */
function ours(descriptors: readonly string[]): readonly string[] {
  if (process.versions["deno"] === undefined) return descriptors;
  const internet = INTERNET.map((name) => readFileSync(`/proc/self/net/${name}`, "utf8")).join("");
  return descriptors.filter((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    return inode === undefined ? target.startsWith("anon_inode:") : internet.includes(` ${inode} `);
  });
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "the descriptor that listed them";
  }
}

function threadNames(): readonly string[] {
  return readdirSync("/proc/self/task").map(nameOf);
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim();
  } catch {
    return "ended meanwhile";
  }
}
