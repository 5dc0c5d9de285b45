/**
 * Names of signals as programs write them.
 *
 * Which of them exist, and their numbers, is the notifier's to say: here only their form is
 * checked, and pike's four short names are spelt out.
 */
import { describe } from "@pike-io/handle";
import { PikeError } from "@pike-io/notifier";

const shortNames = {
  terminate: "SIGTERM",
  interrupt: "SIGINT",
  quit: "SIGQUIT",
  hup: "SIGHUP",
} as const;

/** pike's own names: SIGTERM, SIGINT, SIGQUIT and SIGHUP. */
export type ShortName = keyof typeof shortNames;

/** "SIGINT", "SIGRTMIN+3", "SIGRTMAX-1", …, or a short name. See signal(7). */
export type SignalName = ShortName | `SIG${string}`;

/** The most names of one `Signal`. */
export const SIGNALS_MAX = 64;

const form = /^SIG[A-Z0-9]{2,8}([+-]\d{1,2})?$/;

/** The full names, in the order given and each once; throws PIKE_TYPE or PIKE_RANGE. */
export function fullNames(given: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (list.length === 0 || list.length > SIGNALS_MAX) {
    throw PikeError.range(`names must be 1 to ${SIGNALS_MAX} names of signals, not ${list.length}`);
  }
  const names = new Set<string>();
  for (let i = 0; i < list.length; i++) names.add(fullName(list[i]));
  return [...names];
}

function fullName(name: unknown): string {
  if (typeof name !== "string") {
    throw PikeError.type(
      `a signal's name must be a string such as "SIGINT", not ${describe(name)}`,
    );
  }
  if (Object.hasOwn(shortNames, name)) return shortNames[name as ShortName];
  if (form.test(name)) return name;
  const short = Object.keys(shortNames).join(", ");
  throw PikeError.range(
    `${JSON.stringify(name.slice(0, 40))} is no signal's name: use "SIGINT", "SIGRTMIN+3", …, or ${short}`,
  );
}
