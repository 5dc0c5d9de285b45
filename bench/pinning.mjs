/**
 * Which processor the server gets and which one the load, by taskset(1).
 *
 * Unpinned, the scheduler moves both around and the figures scatter; so it is said when pinning is
 * not possible.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** @typedef {{ server: number, load: number } | null} Pinning */

/**
 * The first two processors this process may use, or null when there are fewer or taskset is
 * missing.
 * @returns {Pinning}
 */
export function choosePinning() {
  const [server, load] = allowedProcessors();
  if (server === undefined || load === undefined) return null;
  const tried = spawnSync("taskset", ["-c", String(server), "true"]);
  return tried.status === 0 ? { server, load } : null;
}

/**
 * The command that runs another one on one processor; taskset becomes the program it starts, so the
 * process id is the program's own.
 * @param {number | undefined} processor
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[command: string, args: string[]]}
 */
export function pinned(processor, command, args) {
  if (processor === undefined) return [command, [...args]];
  return ["taskset", ["-c", String(processor), command, ...args]];
}

function allowedProcessors() {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  return (list ?? "").split(",").flatMap((part) => {
    const [first = 0, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
