/** The network's clock, as a test holds it in hand. */
import { PikeError } from "@pike-io/notifier";
import type { Loop } from "./loop.js";
import type { Timeline } from "./timeline.js";

/** A clock that stands still until it is moved. */
export class Clock {
  readonly #timeline: Timeline;
  readonly #loop: Loop;
  #last: Promise<void> = Promise.resolve();

  /** Made by the network. */
  constructor(timeline: Timeline, loop: Loop) {
    this.#timeline = timeline;
    this.#loop = loop;
  }

  /** Milliseconds since the network was made; may have a fraction. */
  get now(): number {
    return this.#timeline.now;
  }

  /**
   * Lets `ms` pass (0 or more; 0 does what is due now). Everything due happens in order of time,
   * and after each instant attached notifiers deliver and promise continuations run, so that what
   * these start happens in time as well. Calls that overlap follow one another. Rejects with
   * PIKE_TYPE or PIKE_RANGE.
   */
  advance(ms: number): Promise<void> {
    if (typeof ms !== "number") {
      return Promise.reject(PikeError.type(`advance: ms must be a number, not ${typeof ms}`));
    }
    if (!(ms >= 0 && ms <= Number.MAX_SAFE_INTEGER)) {
      return Promise.reject(PikeError.range(`advance: ms must be 0 or more and finite, not ${ms}`));
    }
    this.#last = this.#last.then(() => this.#pass(ms));
    return this.#last;
  }

  #pass(ms: number): Promise<void> {
    const target = this.#timeline.now + ms;
    const step = (): Promise<void> | undefined => {
      if (this.#timeline.jump(target)) return this.#settle().then(step);
      this.#timeline.moveTo(target);
    };
    return this.#settle().then(step);
  }

  /** Until nothing is left to do at this instant. */
  #settle(): Promise<void> {
    return macrotask()
      .then(() => {
        this.#loop.pass();
        return macrotask();
      })
      .then(() => (this.#loop.busy ? this.#settle() : undefined));
  }
}

/** Every promise continuation that can run has run when this resolves. */
function macrotask(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
