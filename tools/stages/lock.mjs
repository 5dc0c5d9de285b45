/**
 * One build at a time in this folder: two makes in one place spoil each other's files.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** Runs `work` while holding the lock file `path`; waits for another process that holds it. */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  while (!take(path)) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** Makes the file, or takes over one whose owner is gone. */
function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  if (!ownerIsGone(path)) return false;
  rmSync(path, { force: true });
  return false;
}

function ownerIsGone(path) {
  try {
    const owner = Number(readFileSync(path, "utf8"));
    if (owner > 0) process.kill(owner, 0);
    return false;
  } catch (error) {
    // The file went away meanwhile (ENOENT), or its owner did (ESRCH).
    return error.code === "ESRCH";
  }
}
