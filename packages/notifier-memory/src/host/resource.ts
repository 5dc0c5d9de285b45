/** What a handle stands for: a socket, an event, a wait for signals. */
import type { Poster } from "@pike-io/notifier";
import type { Socket } from "../socket/socket.js";
import type { Pending } from "./pending.js";

/** Something that operations can be attempted on. */
export abstract class Resource {
  /** Itself, if it is a socket. */
  readonly socket: Socket | null = null;
  /** What names it, if it is an event. */
  readonly poster: Poster | null = null;
  /** Called when an attempt that would have blocked may succeed now. */
  onChange: () => void = () => {};

  /**
   * Tries the operation: its result, a negated `Code`, or PENDING when it would block. Never runs
   * user code.
   */
  abstract attempt(pending: Pending): number;

  /** READABLE and WRITABLE, as far as a `wait` would not block. */
  abstract readiness(): number;

  /** Lets go of everything. Nothing is attempted afterwards. */
  abstract close(): void;
}
