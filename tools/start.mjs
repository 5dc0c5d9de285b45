/**
 * `npm start`: builds, then runs the main job, which gets the arguments given here.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, root } from "./stages/run.mjs";

try {
  await build();
  await runMainJob(process.argv.slice(2));
} catch (error) {
  fail(error);
}

/** Runs it in this terminal, hands on the signals that come here alone, and ends as it ends. */
function runMainJob(args) {
  const cwd = process.env.INIT_CWD ?? process.cwd();
  const child = spawn(process.execPath, [join(root, "examples/main/main.mjs"), ...args], {
    stdio: "inherit",
    cwd,
  });
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const name of signals) process.on(name, () => child.kill(name));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      for (const name of signals) process.removeAllListeners(name);
      if (signal !== null) process.kill(process.pid, signal);
      else process.exitCode = code ?? 1;
      resolve();
    });
  });
}
