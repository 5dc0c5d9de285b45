/**
 * What the random calls need of Windows: pipes that can be waited for, and handles counted. Both
 * come from a small binary that whoever runs the tests has built; PIKE_WINDOWS_STAGE names it.
 */
import { createRequire } from "node:module";

/** notifier-native/native/test/windows_stage.cc, as far as it is used here. */
interface Stage {
  handles(): number;
  pipe(messages: number): readonly [number, number];
  close(handle: number): void;
}

/** Null on other systems. */
export const stage: Stage | null =
  process.platform === "win32"
    ? (createRequire(import.meta.url)(process.env["PIKE_WINDOWS_STAGE"] as string) as Stage)
    : null;

/** Signals that can be waited for. */
export const signals: readonly [string, string] =
  stage === null ? ["SIGUSR2", "SIGWINCH"] : ["SIGINT", "SIGBREAK"];
