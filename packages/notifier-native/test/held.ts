/**
 * What a process holds that notifiers could have left behind: descriptors, and threads that wait.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const STEADY_MS = 200;
const STEP_MS = 20;
const INTERNET = ["tcp", "tcp6", "udp", "udp6"];
const PIKES_OWN = ["anon_inode:[timerfd]", "anon_inode:[io_uring]"];

/** Counts them once what has ended is gone: "descriptors threads". */
export async function held(): Promise<string> {
  let found = count();
  // Deno says that a worker has ended a moment before its thread has.
  if (process.versions["deno"] === undefined) return found;
  for (let steady = 0; steady < STEADY_MS; steady += STEP_MS) {
    await sleep(STEP_MS);
    if (count() !== found) steady = 0;
    found = count();
  }
  return found;
}

function count(): string {
  const descriptors = readdirSync("/proc/self/fd").map(targetOf);
  const waiters = readdirSync("/proc/self/task").filter(
    (thread) => nameOf(thread) === "pike-waiter",
  );
  return `${ours(descriptors).length} ${waiters.length}`;
}

/**
 * Deno's own come and go: files of its caches, pairs of sockets for its workers, and of a worker's
 * thread, which ends when it likes, an epoll and an eventfd. A notifier has a timerfd besides.
 */
function ours(descriptors: readonly string[]): readonly string[] {
  if (process.versions["deno"] === undefined) return descriptors;
  const internet = INTERNET.map((name) => readFileSync(`/proc/self/net/${name}`, "utf8")).join("");
  return descriptors.filter((target) => {
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
    if (inode === undefined) return PIKES_OWN.includes(target);
    return internet.includes(` ${inode} `);
  });
}

function targetOf(fd: string): string {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return "the descriptor that listed them";
  }
}

function nameOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trim();
  } catch {
    return "ended meanwhile";
  }
}
