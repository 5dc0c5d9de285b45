/**
 * One direction of a connection: everything arrives once and in order, over a path that may lose
 * it.
 *
 * It stands for TCP's retransmission without its arithmetic: what is lost is sent again after 200
 * ms, then twice as long each time up to two minutes, and after 15 tries the connection is given
 * up. See tcp(7), tcp_retries2.
 */
import { Queue } from "../queue.js";
import type { Due } from "../timeline.js";
import type { Path } from "./path.js";

const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 120_000;
const RETRIES = 15;

/** A reliable, ordered sequence of messages. */
export class Channel {
  readonly #path: Path;
  readonly #onFailure: () => void;
  readonly #messages = new Queue<() => void>();
  readonly #due = new Set<Due>();
  #arrived = 0;
  #lastArrival = 0;
  #retries = 0;
  #waiting = false;
  #closed = false;

  /** `onFailure` is called when the last try was in vain. */
  constructor(path: Path, onFailure: () => void) {
    this.#path = path;
    this.#onFailure = onFailure;
  }

  /** Sends a message: `deliver` is called when it arrives. */
  send(deliver: () => void): void {
    if (this.#closed) return;
    const { timeline } = this.#path.medium;
    this.#messages.push(deliver);
    this.#lastArrival = Math.max(this.#lastArrival, timeline.now + this.#path.latency());
    this.#schedule(this.#lastArrival - timeline.now, () => {
      this.#arrived++;
      if (!this.#waiting) this.#deliver();
    });
  }

  /** Forgets what is still on its way. */
  close(): void {
    this.#closed = true;
    for (const due of this.#due) this.#path.medium.timeline.cancel(due);
    this.#due.clear();
    this.#messages.drain();
  }

  #deliver(): void {
    while (this.#arrived > 0 && !this.#closed) {
      if (this.#path.isLost()) {
        this.#retryLater();
        return;
      }
      this.#retries = 0;
      this.#arrived--;
      this.#messages.shift()?.();
    }
  }

  #retryLater(): void {
    if (this.#retries === RETRIES) {
      this.close();
      this.#onFailure();
      return;
    }
    this.#waiting = true;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** this.#retries++, LONGEST_RETRY_MS);
    this.#schedule(delayMs, () => {
      this.#waiting = false;
      this.#deliver();
    });
  }

  #schedule(delayMs: number, run: () => void): void {
    const due = this.#path.medium.timeline.schedule(delayMs, () => {
      this.#due.delete(due);
      run();
    });
    this.#due.add(due);
  }
}
