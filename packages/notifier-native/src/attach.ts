/** Which way of hearing from the loop a runtime has: only Node's loop is libuv's. */
import { PikeError } from "@pike-io/notifier";
import type { Attach } from "./binding.js";
import { otherRuntime } from "./runtime.js";

/** Checks what was asked for, and gives what this runtime can do. PIKE_TYPE, PIKE_UNSUPPORTED. */
export function checkAttach(asked: unknown): Attach {
  if (asked !== undefined && asked !== "" && asked !== "loop" && asked !== "thread") {
    throw PikeError.type('attach must be "loop" or "thread"');
  }
  const other = otherRuntime();
  if (other === undefined) return asked === undefined ? "" : asked;
  if (asked === "loop") {
    throw new PikeError("PIKE_UNSUPPORTED", `attach "loop" is not to be had in ${other.loop}`);
  }
  return "thread";
}
