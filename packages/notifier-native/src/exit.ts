/**
 * The end of the process: writes that were answered, but not sent yet, go out. Native code hears of
 * the end of an environment, but not of `process.exit`.
 */
import type { NativeFunctions } from "./binding.js";

/** Longest wait for peers that do not read, in milliseconds. */
const DEBTS_MS = 1_000;

// Weak, since a notifier that nobody has any more may be collected.
const open = new Set<WeakRef<NativeFunctions>>();

/** A notifier that may have answered more than it has sent. */
export function remember(native: NativeFunctions): void {
  if (open.size === 0) process.on("exit", settle);
  for (const reference of open) if (reference.deref() === undefined) open.delete(reference);
  open.add(new WeakRef(native));
}

/** A notifier that was closed. */
export function forget(native: NativeFunctions): void {
  for (const reference of open) if (reference.deref() === native) open.delete(reference);
  if (open.size === 0) process.off("exit", settle);
}

function settle(): void {
  for (const reference of open) reference.deref()?.takePosts(DEBTS_MS);
}
