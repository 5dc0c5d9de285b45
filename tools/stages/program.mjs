/**
 * Runs a program of this repository in the person's terminal and ends as it ends.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./run.mjs";

/** Signals that may be sent to npm's child alone, and then have to be handed on. */
const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Runs `path` (from the repository's folder) with `args`, in the folder where npm was called. */
export function runProgram(path, args) {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(process.execPath, [join(root, path), ...args], { stdio: "inherit", cwd });
  const forward = (name) => child.kill(name);
  for (const name of FORWARDED) process.on(name, forward);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of FORWARDED) process.off(name, forward);
      if (signal !== null) process.kill(process.pid, signal);
      else process.exitCode = code ?? 1;
      resolve();
    });
  });
}
