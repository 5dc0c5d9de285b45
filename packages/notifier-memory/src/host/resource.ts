/** What a handle stands for: a socket, an event, a wait for signals. */
import type { Pending } from "./pending.js";

/** Something that operations can be attempted on. */
export abstract class Resource {
  /** Called when an attempt that would have blocked may succeed now. */
  onChange: () => void = () => {};

  /** Tries the operation: its result, a negated `Code`, or PENDING when it would block. Never runs user code. */
  abstract attempt(pending: Pending): number;

  /** READABLE and WRITABLE, as far as a `wait` would not block. */
  abstract readiness(): number;

  /** Lets go of everything. Nothing is attempted afterwards. */
  abstract close(): void;
}
