/**
 * On Windows the first handler of a console's event that takes care of it ends the round, and
 * libuv's comes after pike's. So pike has to know whether the program listens by `process.on` too:
 * then it passes the event on, else libuv would let it end the process.
 */
import { constants } from "node:os";
import { isMainThread } from "node:worker_threads";
import type { Binary } from "./binding.js";

/** What Node tells of on Windows by handlers of its own. */
const TOLD_BY_NODE: readonly string[] = ["SIGINT", "SIGBREAK", "SIGHUP"];

let watching = false;

/** Keeps native code informed from now on. In workers `process.on` hears of no signal. */
export function watchListeners(binary: Binary): void {
  if (process.platform !== "win32" || watching || !isMainThread) return;
  watching = true;
  // A listener is told of before it is one, and after it was one.
  const tell = (coming?: string | symbol): void => {
    const there = TOLD_BY_NODE.filter((name) => name === coming || process.listenerCount(name) > 0);
    binary.lookAtDispositions(there.reduce((bits, name) => bits | bitOf(name), 0));
  };
  tell();
  process.on("newListener", (name: string | symbol) => tell(name));
  process.on("removeListener", () => tell());
}

function bitOf(name: string): number {
  const numbers = constants.signals as Readonly<Record<string, number | undefined>>;
  return 1 << ((numbers[name] ?? 1) - 1);
}
