/**
 * Waiting for signals that a test raises. Each waiter has a queue of its own and sees every one.
 */
import { Operation, PENDING, READABLE, type SignalInfo } from "@pike-io/notifier";
import { wrongOperation } from "./event.js";
import type { Host } from "./host/host.js";
import type { Pending } from "./host/pending.js";
import { Resource } from "./host/resource.js";
import { Queue } from "./queue.js";

/** The signals that one handle waits for, and those that came. */
export class SignalQueue extends Resource {
  readonly #host: Host;
  readonly #numbers: ReadonlySet<number>;
  readonly #arrived = new Queue<SignalInfo>();

  constructor(host: Host, numbers: ReadonlySet<number>) {
    super();
    this.#host = host;
    this.#numbers = numbers;
    host.signals.add(this);
  }

  /** A signal was raised; false when this handle doesn't wait for it. */
  raise(signal: SignalInfo): boolean {
    if (!this.#numbers.has(signal.number)) return false;
    this.#arrived.push(signal);
    this.onChange();
    return true;
  }

  attempt(pending: Pending): number {
    const { operation } = pending.request;
    if (operation !== Operation.signal) return wrongOperation(operation);
    const signal = this.#arrived.shift();
    if (signal === undefined) return PENDING;
    pending.request.signal = signal;
    return 0;
  }

  readiness(): number {
    return this.#arrived.length > 0 ? READABLE : 0;
  }

  close(): void {
    this.#host.signals.delete(this);
    this.#arrived.drain();
  }
}
