/**
 * Handlers of signals that a runtime installs by itself: which go before pike's, and when.
 *
 * libuv starts a child with no signal blocked, and keeps a blocked one blocked. Bun and Deno don't:
 * there nothing is blocked, and pike's handler has to stay in front, so that who waits and who
 * listens by process.on both see each signal. A handler of the runtime's own, which ends the
 * process when nobody listens, is not called.
 */
import { constants } from "node:os";
import type { Binary } from "./binding.js";
import { otherRuntime } from "./runtime.js";

let watching = false;
/** While the listener of `goBefore` comes. */
let going = false;
/** Those that native code was told of. */
let known = -1;

/** Prepares for waits for signals, once. */
export function watchOtherHandlers(binary: Binary): void {
  if (watching || otherRuntime() === undefined) return;
  watching = true;
  // Deno installs its handlers of SIGHUP, SIGINT and SIGTERM with the first listener: before ours.
  process.on("SIGWINCH", nothing).off("SIGWINCH", nothing);
  binary.leaveSignalsUnblocked();
  process.on("newListener", (name) => goBefore(binary, name));
  process.on("removeListener", (name) => {
    if (numberOf(name) !== undefined) queueMicrotask(() => lookAgain(binary));
  });
  lookAgain(binary);
}

/**
 * A first listener is about to come, and with it the runtime's handler: one of ours brings that
 * here and now, so that no signal finds it in front.
 */
function goBefore(binary: Binary, name: string | symbol): void {
  if (numberOf(name) === undefined || process.listenerCount(name) > 0 || going) return;
  going = true;
  process.on(name, nothing);
  going = false;
  known = -1;
  lookAgain(binary);
  queueMicrotask(() => {
    process.off(name, nothing);
    known = -1;
    lookAgain(binary);
  });
}

/**
 * After a signal: Bun tells nobody of a listener that has left, but puts another handler in place.
 */
export function lookAgain(binary: Binary): void {
  if (!watching) return;
  const bits = listened();
  if (bits === known) return;
  known = bits;
  binary.lookAtDispositions(bits);
}

function nothing(): void {}

/** The signals that somebody listens to by process.on, as a set of bits. */
function listened(): number {
  let bits = 0;
  for (const name of process.eventNames()) {
    const number = numberOf(name);
    if (number !== undefined) bits |= 1 << (number - 1);
  }
  return bits >>> 0;
}

function numberOf(name: string | symbol): number | undefined {
  return (constants.signals as Readonly<Record<string | symbol, number | undefined>>)[name];
}
