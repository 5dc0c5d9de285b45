/**
 * How much processor time and memory another process has used, read from /proc.
 *
 * The scheduler's own account (/proc/PID/task/TID/schedstat) is in nanoseconds; where the kernel
 * was built without it, the clock ticks of /proc/PID/stat stand in, 10 ms coarse. Reading is exact
 * while the process sleeps; for a running thread the kernel's figure may be up to one tick behind.
 */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ is 100 on every Linux that Node runs on; see times(2). */
const TICK_NS = 10_000_000;

/**
 * What a process had used at one instant. Compare two with `cpuMicrosBetween`.
 *
 * @typedef {object} CpuSnapshot
 * @property {number} pid
 * @property {ReadonlyMap<string, number>} threads nanoseconds by thread id
 * @property {number} tickNs the coarse account, in nanoseconds
 * @property {number} grainNs how fine the figures are: 1, or 10,000,000 for clock ticks
 */

/**
 * Reads the CPU time (user and system) of a process with all its threads. Linux only.
 * @param {number} pid
 * @returns {CpuSnapshot} throws ENOENT when there is no such process
 */
export function cpuSnapshot(pid) {
  const tickNs = ticksOf(pid) * TICK_NS;
  const threads = new Map();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const text = readIfThere(`/proc/${pid}/task/${thread}/schedstat`);
    if (text !== null) threads.set(thread, Number(text.split(" ", 1)[0]));
  }
  const fine = [...threads.values()].some((ns) => ns > 0);
  return { pid, threads, tickNs, grainNs: fine ? 1 : TICK_NS };
}

/**
 * CPU microseconds that one process used between two snapshots.
 *
 * A thread that ended in between is left out: its nanoseconds went with it.
 * @param {CpuSnapshot} before
 * @param {CpuSnapshot} after
 */
export function cpuMicrosBetween(before, after) {
  if (before.pid !== after.pid) throw new RangeError("the snapshots are of two processes");
  if (before.grainNs > 1 || after.grainNs > 1) return (after.tickNs - before.tickNs) / 1e3;
  let ns = 0;
  for (const [thread, end] of after.threads) ns += end - (before.threads.get(thread) ?? 0);
  return ns / 1e3;
}

/**
 * Resident memory (VmRSS) of a process, in units of 1,024 bytes. See proc_pid_status(5).
 * @param {number} pid
 */
export function residentKb(pid) {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return found === null ? 0 : Number(found[1]);
}

/**
 * utime + stime, fields 14 and 15 of proc_pid_stat(5); the second field, a name, may hold spaces
 * and ")".
 * @param {number} pid
 */
function ticksOf(pid) {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

/**
 * A thread may end between the listing and the reading.
 * @param {string} path
 */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
