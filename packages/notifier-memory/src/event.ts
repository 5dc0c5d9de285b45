/**
 * Events: post and wait, within one thread.
 *
 * A poster is plain data that names an event in a table of this package. The table belongs to the
 * thread that loaded the package: a poster that came from another thread, or that is kept after its
 * event was closed, finds nothing and gets PIKE_CLOSED. Posting across threads needs an operating
 * system; use notifier-native for it.
 */
import {
  Code,
  type EventMode,
  Operation,
  PENDING,
  PikeError,
  type Poster,
  READABLE,
} from "@pike-io/notifier";
import type { Pending } from "./host/pending.js";
import { Resource } from "./host/resource.js";

/** The largest result, that of the largest post; what is beyond it stays for the next wait. */
const TAKEN_MAX = 0xffff_ffff;

const events: (EventQueue | null)[] = [];
const free: number[] = [];
/**
 * Starts elsewhere in each thread, so that a poster of another one finds nothing. It is the only
 * number here that no seed decides, and nothing on a network depends on it.
 */
let generation = Math.floor(Math.random() * 0x1_0000_0000);

/** Posts that nobody has taken yet. */
export class EventQueue extends Resource {
  override readonly poster: Poster;
  readonly #mode: EventMode;
  #count = 0;

  constructor(mode: EventMode) {
    super();
    this.#mode = mode;
    const slot = free.pop() ?? events.length;
    generation = (generation + 1) >>> 0;
    this.poster = { slot, generation };
    events[slot] = this;
  }

  post(count: number): void {
    this.#count = Math.min(this.#count + count, Number.MAX_SAFE_INTEGER);
    this.onChange();
  }

  attempt(pending: Pending): number {
    const { operation } = pending.request;
    if (operation !== Operation.event) return wrongOperation(operation);
    if (this.#count === 0) return PENDING;
    switch (this.#mode) {
      case "coalescing":
        this.#count = 0;
        return 1;
      case "semaphore":
        this.#count--;
        return 1;
      case "counting": {
        const taken = Math.min(this.#count, TAKEN_MAX);
        this.#count -= taken;
        return taken;
      }
    }
  }

  readiness(): number {
    return this.#count > 0 ? READABLE : 0;
  }

  close(): void {
    events[this.poster.slot] = null;
    free.push(this.poster.slot);
  }
}

/**
 * Posts to an event of any notifier of this package in this thread. PIKE_CLOSED when there is none.
 */
export function post(poster: Poster, count: number): void {
  const event = events[poster.slot];
  if (event === undefined || event === null || event.poster.generation !== poster.generation) {
    throw new PikeError("PIKE_CLOSED", "post: the event was closed, or belongs to another thread");
  }
  event.post(count);
}

/** What an operation for sockets, or for another kind of handle, gets. */
export function wrongOperation(operation: Operation): number {
  const forStreams = operation === Operation.read || operation === Operation.write;
  const forOthers = operation === Operation.event || operation === Operation.signal;
  return forStreams || forOthers ? -Code.EINVAL : -Code.ENOTSOCK;
}
