/**
 * Runs the stages of a build one after another and says how long each took: one plain line a stage.
 *
 * Only builtins here: this runs before anything is installed.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url)).replace(/[/\\]$/, "");

/** Something that a person can put right: shown as one message, without a stack. */
export class SetupError extends Error {}

/** Runs `work` and prints its name, its outcome in a word, and its seconds. */
export async function stage(name, work) {
  const start = performance.now();
  const seconds = () => ((performance.now() - start) / 1000).toFixed(1);
  try {
    const outcome = await work();
    console.log(`${name}: ${outcome ?? "done"} (${seconds()} s)`);
  } catch (error) {
    console.log(`${name}: failed (${seconds()} s)`);
    throw error;
  }
}

/**
 * Runs a program. Its output is shown when it fails, or as it comes with `show`; with
 * `endsWithinMs` it is ended when it takes longer. Gives the output; throws SetupError when the
 * program fails or is not there.
 */
export function run(
  command,
  args,
  { show = false, env = process.env, cwd = root, endsWithinMs } = {},
) {
  return new Promise((resolve, reject) => {
    const stdio = ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"];
    const child = spawn(command, args, {
      cwd,
      env,
      stdio,
      windowsHide: true,
      timeout: endsWithinMs,
    });
    const chunks = [];
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    child.on("error", (error) => reject(new SetupError(`cannot run ${command}: ${error.message}`)));
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString();
      if (code === 0) return resolve(output);
      const end = signal === null ? `exit code ${code}` : `signal ${signal}`;
      reject(new SetupError(`${output}${command} ${args.join(" ")}: ${end}`));
    });
  });
}

/** Ends a tool: prints what went wrong and sets the exit code. */
export function fail(error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}
