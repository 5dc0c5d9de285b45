/** Which way of hearing from the loop a runtime has: only Node's loop is libuv's. */
import { PikeError } from "@pike-io/notifier";
import type { Attach } from "./binding.js";

/** The runtimes that lack libuv's loop, by their name in `process.versions`. */
const WITHOUT_LOOP: readonly (readonly [string, string])[] = [
  ["bun", "Bun, which ends the process when a function of libuv's is called"],
  ["deno", "Deno, which has a part of libuv's functions only"],
];

/** Checks what was asked for, and gives what this runtime can do. PIKE_TYPE, PIKE_UNSUPPORTED. */
export function checkAttach(asked: unknown): Attach {
  if (asked !== undefined && asked !== "" && asked !== "loop" && asked !== "thread") {
    throw PikeError.type('attach must be "loop" or "thread"');
  }
  const without = WITHOUT_LOOP.find(([name]) => process.versions[name] !== undefined);
  if (without === undefined) return asked === undefined ? "" : asked;
  if (asked === "loop") {
    throw new PikeError("PIKE_UNSUPPORTED", `attach "loop" is not to be had in ${without[1]}`);
  }
  return "thread";
}
