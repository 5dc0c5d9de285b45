/**
 * Runs a small program in a Node of its own: what exit, workers and the environment do cannot be
 * seen from within.
 */
import { spawn } from "node:child_process";
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
const preamble = `
import { openNotifier } from "@pike-io/notifier-native";
import { Handle } from "@pike-io/handle";
import { Socket, connect, listen, bind } from "@pike-io/socket";
import { Worker } from "node:worker_threads";
`;

/** A module's source with what such programs use. */
export function programSource(source: string): string {
  return preamble + source;
}

/** Runs an ES module's source, to its end or to its end by force after 20 s (signal SIGKILL). */
export function run(source: string, env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", programSource(source)], {
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
      resolve({ code, signal, stdout, stderr });
    });
  });
}
