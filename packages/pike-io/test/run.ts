/** Runs a Node program in a process of its own and gives what it said. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** How a program ended. */
export interface Outcome {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

const cli = fileURLToPath(import.meta.resolve("../dist/cli.js"));

/** Runs the `pike` command. */
export function pike(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return run([cli, ...args], env);
}

/** Runs a module given as text; it may import this repository's packages. */
export function program(text: string, env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  return run(["--input-type=module", "--eval", text], env);
}

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Outcome> {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const child = spawn(process.execPath, args, { cwd, env: { ...process.env, ...env } });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, output, errors };
}
