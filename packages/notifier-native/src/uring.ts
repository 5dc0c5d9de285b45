/** What the environment's variables say about io_uring's backend. */
import { PikeError } from "@pike-io/notifier";

/** What each way of sending does without; see native/src/uring_features.h. */
const sends: Readonly<Record<string, readonly string[]>> = {
  now: ["-send", "-send_copied"],
  batch: ["-send_copied"],
  turn: [],
};
const SENDS_DEFAULT = "batch";

/**
 * The features of io_uring to do without: those that PIKE_URING_FEATURES lists, and what
 * PIKE_URING_SENDS leaves out. "now": every write goes straight out by a call; "batch": the small
 * writes of a batch by one entry into the kernel; "turn": larger ones, too, copied and with the
 * turn's entry. PIKE_UNSUPPORTED for another word.
 */
export function withoutFeatures(): string {
  const way = process.env["PIKE_URING_SENDS"] ?? SENDS_DEFAULT;
  const left = Object.hasOwn(sends, way) ? sends[way] : undefined;
  if (left === undefined) {
    throw new PikeError(
      "PIKE_UNSUPPORTED",
      `PIKE_URING_SENDS is "now", "batch" or "turn", not "${way}"`,
    );
  }
  const listed = process.env["PIKE_URING_FEATURES"] ?? "";
  return [...(listed === "" ? [] : [listed]), ...left].join(",");
}
