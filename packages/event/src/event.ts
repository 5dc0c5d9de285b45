/**
 * Event: post from any thread, wait here.
 *
 * Posts add up in the system until somebody takes them, so none is lost between two waits. Anyone
 * may wait and anyone may post: the two sides share nothing but the event. A poster is plain data
 * that outlives the event without harm, since no slot has the same generation twice.
 */
import {
  type CancelOptions,
  checkInteger,
  describe,
  type HandleState,
  type Shape,
} from "@pike-io/handle";
import {
  contractVersion,
  type EventMode,
  type HandleCounters,
  type Notifier,
  PikeError,
  type Poster,
  type Requirement,
  requireContract,
} from "@pike-io/notifier";
import { EventHandle } from "./handle.js";
import { PostIterator } from "./posts.js";

/** How to open an event. */
export interface EventOptions {
  /**
   * How posts add up. "coalescing" (default): all that came since the last wait are one, and `wait`
   * resolves to 1. "counting": `wait` resolves to the sum of their counts. "semaphore": each count
   * of one lets one `wait` through.
   */
  readonly mode?: EventMode;
}

/** The largest count of one post: 2^32 − 1. */
export const POST_COUNT_MAX = 0xffff_ffff;

/** More events than this no notifier has. */
const SLOT_MAX = 0xffff_ffff;

const version = { layer: "@pike-io/event", version: "0.1.0", ...contractVersion } as const;
const openRequirement: Requirement = {
  ...version,
  operations: ["openEvent", "event", "poster", "post", "close"],
};
const postRequirement: Requirement = { ...version, operations: ["post"] };

/** Something that can be posted to from any thread and waited for here. eventfd(2) on Linux. */
export class Event implements AsyncIterable<number> {
  /** How posts add up. */
  readonly mode: EventMode;
  readonly #handle: EventHandle;

  private constructor(mode: EventMode, handle: EventHandle) {
    this.mode = mode;
    this.#handle = handle;
  }

  /** Opens an event. Throws PIKE_TYPE, PIKE_LIMIT, EMFILE, ENFILE. Served by: epoll, memory. */
  static open(notifier: Notifier, options: EventOptions = {}): Event {
    requireContract(notifier, openRequirement);
    const mode = modeOf(options);
    return new Event(mode, new EventHandle(notifier, notifier.openEvent(mode)));
  }

  /**
   * Posts by a poster, in any thread, through any notifier of that thread; `count` 1 to 2^32 − 1.
   * Throws PIKE_CLOSED when the event is gone, and then touches nothing.
   */
  static post(notifier: Notifier, poster: Poster, count: number = 1): void {
    requireContract(notifier, postRequirement);
    checkPoster(poster);
    checkInteger(count, "count", 1, POST_COUNT_MAX);
    notifier.post(poster, count);
  }

  /**
   * Waits for a post and resolves to the count taken, 1 or more. Several waiters are served in the
   * order they came. Rejects with PIKE_TIMEOUT, PIKE_ABORTED (an AbortError), or PIKE_CLOSED when
   * the event is closed meanwhile; a count is never lost by giving up.
   */
  wait(options?: CancelOptions): Promise<number> {
    return this.#handle.take(countOf, options);
  }

  /** Posts from this thread; `count` 1 to 2^32 − 1. PIKE_CLOSED after `close`. */
  post(count: number = 1): void {
    checkInteger(count, "count", 1, POST_COUNT_MAX);
    this.#handle.post(count);
  }

  /** Plain data for another thread's `Event.post`: it can be cloned, kept, and go stale. */
  poster(): Poster {
    return this.#handle.poster();
  }

  /** The state: "open" until `close`. */
  get state(): HandleState {
    return this.#handle.state;
  }

  /** The descriptor's number, −1 where there is none. Another process may post by writing to it. */
  get fd(): number {
    return this.#handle.fd;
  }

  /** What this event has done so far, and how many waits are pending. */
  get counters(): HandleCounters {
    return this.#handle.counters;
  }

  /** Ends every wait with PIKE_CLOSED and makes every poster stale. May be called again. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  /** Lets a pending wait keep the runtime's loop alive (the default). */
  ref(): this {
    this.#handle.ref();
    return this;
  }

  /** Lets the runtime's loop end in spite of a pending wait. */
  unref(): this {
    this.#handle.unref();
    return this;
  }

  /** Counts, one after another, until the event is closed. Leaving the loop leaves it open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<number> {
    return new PostIterator(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const countOf: Shape<number> = (_request, count) => count;

function modeOf(options: EventOptions): EventMode {
  if (typeof options !== "object" || options === null) {
    throw PikeError.type(`options must be an object, not ${describe(options)}`);
  }
  const { mode = "coalescing" } = options;
  if (mode !== "coalescing" && mode !== "counting" && mode !== "semaphore") {
    throw PikeError.type('mode must be "coalescing", "counting" or "semaphore"');
  }
  return mode;
}

function checkPoster(poster: unknown): asserts poster is Poster {
  if (typeof poster !== "object" || poster === null) {
    throw PikeError.type(`poster must be what event.poster() gave, not ${describe(poster)}`);
  }
  const { slot, generation } = poster as { slot?: unknown; generation?: unknown };
  checkInteger(slot, "poster.slot", 0, SLOT_MAX);
  checkInteger(generation, "poster.generation", 0, Number.MAX_SAFE_INTEGER);
}
