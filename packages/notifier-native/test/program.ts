/**
 * Runs a small program in a runtime of its own: what exit, workers and the environment do cannot be
 * seen from within.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Ended {
  /** The exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

const packageDirectory = fileURLToPath(new URL("..", import.meta.url));

/**
 * `startWorker(source)` starts the source of an ES module, which not every runtime evaluates;
 * `held()` tells what is left behind.
 */
const preamble = `
import { writeFileSync } from "node:fs";
import { openNotifier } from "@pike-io/notifier-native";
import { Handle } from "@pike-io/handle";
import { Socket, connect, listen, bind } from "@pike-io/socket";
import { Worker } from "node:worker_threads";
process.execPath = process.env.PIKE_RUNTIME_PROGRAM ?? process.execPath;
import { held, workersGone } from "${new URL("./held.js", import.meta.url)}";
let workers = 0;
const startWorker = (source) => {
  const path = new URL(\`worker-\${workers++}.mjs\`, import.meta.url);
  writeFileSync(path, source);
  return new Worker(path);
};
`;

/** A module's source with what such programs use. */
export function programSource(source: string): string {
  return preamble + source;
}

/**
 * Runs an ES module's source, to its end or to its end by force after 20 s (signal SIGKILL); by a
 * command that sets limits, if one is given.
 */
export function run(
  source: string,
  env: Readonly<Record<string, string>> = {},
  command: readonly string[] = [],
): Promise<Ended> {
  const folder = mkdtempSync(join(packageDirectory, "dist-test", "program-"));
  const program = join(folder, "program.mjs");
  writeFileSync(program, programSource(source));
  const [first, ...rest] = [...command, process.execPath, program];
  const child = spawn(first as string, rest, {
    cwd: packageDirectory,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => {
    stdout += text;
  });
  child.stderr.on("data", (text) => {
    stderr += text;
  });
  const guard = setTimeout(() => child.kill("SIGKILL"), 20_000);
  return new Promise((resolve) => {
    child.on("close", (code, signal) => {
      clearTimeout(guard);
      rmSync(folder, { recursive: true });
      resolve({ code, signal, stdout, stderr });
    });
  });
}
