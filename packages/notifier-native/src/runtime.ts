/** Which runtime this is, as far as native code can tell the difference. */

/** What another runtime than Node lacks. */
export interface OtherRuntime {
  /** Its name in `process.versions`. */
  readonly name: "bun" | "deno";
  /** Why its loop is not libuv's, with its name. */
  readonly loop: string;
}

const others: readonly OtherRuntime[] = [
  { name: "bun", loop: "Bun, which ends the process when a function of libuv's is called" },
  { name: "deno", loop: "Deno, which has a part of libuv's functions only" },
];

/** The runtime when it is not Node. Asked anew each time, which costs next to nothing. */
export function otherRuntime(): OtherRuntime | undefined {
  return others.find(({ name }) => process.versions[name] !== undefined);
}
