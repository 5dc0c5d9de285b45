/** Raising a signal on a host, and checking the names that a handle waits for. */
import { Code, PikeError, type SignalInfo, systemError } from "@pike-io/notifier";
import { signalName, signalNumber } from "../signal-names.js";
import type { Host } from "./host.js";

/** Who raises a signal, and what goes along with it. Each defaults to 0. */
export type RaisedSignal = Partial<Pick<SignalInfo, "pid" | "uid" | "code" | "value">>;

/** The numbers of signals that a handle waits for. PIKE_TYPE, PIKE_RANGE, EINVAL. */
export function waitedSignals(names: readonly string[]): ReadonlySet<number> {
  if (!Array.isArray(names)) throw PikeError.type("openSignal: names must be an array of strings");
  if (names.length === 0) throw PikeError.range("openSignal: names must not be empty");
  return new Set(names.map((name) => known(name, "openSignal")));
}

/** Tells everybody on the host who waits for the signal; how many that are. */
export function raise(host: Host, name: string, sender: RaisedSignal): number {
  const number = known(name, "raise");
  const { pid = 0, uid = 0, code = 0, value = 0 } = sender;
  const signal: SignalInfo = { name: signalName(number), number, pid, uid, code, value };
  let count = 0;
  for (const waiting of host.signals) if (waiting.raise(signal)) count++;
  return count;
}

function known(name: string, syscall: string): number {
  if (typeof name !== "string")
    throw PikeError.type(`${syscall}: a signal's name must be a string`);
  const number = signalNumber(name);
  if (number !== null) return number;
  throw systemError(Code.EINVAL, { syscall, detail: `${name} cannot be waited for` });
}
