/**
 * Signal: wait for signals of the operating system, with the sender and the value of each.
 *
 * Every open Signal, in any thread, sees every signal that it asked for; the waits of one Signal
 * share them, each signal going to the wait that came first. Between two waits signals are kept. No
 * code of the program ever runs inside a signal handler.
 */
import type { CancelOptions, HandleState } from "@pike-io/handle";
import {
  contractVersion,
  type HandleCounters,
  type Notifier,
  type Requirement,
  requireContract,
  type SignalInfo,
} from "@pike-io/notifier";
import { SignalHandle } from "./handle.js";
import { SignalIterator } from "./iterator.js";
import { fullNames, type SignalName } from "./names.js";

const requirement: Requirement = {
  layer: "@pike-io/signal",
  version: "0.1.0",
  ...contractVersion,
  operations: ["openSignal", "signal", "close"],
};

/** A wait for one or several signals. signalfd(2) on Linux. */
export class Signal implements AsyncIterable<SignalInfo> {
  /** What is waited for, by full name. */
  readonly names: readonly string[];
  readonly #handle: SignalHandle;

  private constructor(names: readonly string[], handle: SignalHandle) {
    this.names = names;
    this.#handle = handle;
  }

  /**
   * Opens a wait: one name or 1 to 64 of them, such as "SIGINT", "SIGRTMIN+3", or "interrupt",
   * "terminate", "quit", "hup". From its return on, these signals no longer end the process.
   *
   * Throws PIKE_TYPE or PIKE_RANGE for what is no name, EINVAL for a signal that the system doesn't
   * have or that nobody can wait for (KILL, STOP, SEGV, BUS, FPE, ILL, PROF), PIKE_LIMIT, EMFILE,
   * ENFILE. Served by: epoll, memory.
   */
  static open(notifier: Notifier, names: SignalName | readonly SignalName[]): Signal {
    requireContract(notifier, requirement);
    const full = fullNames(names);
    return new Signal(full, new SignalHandle(notifier, notifier.openSignal(full)));
  }

  /**
   * Waits for the next signal. Several waiters are served in the order they came, one signal each.
   * Rejects with PIKE_TIMEOUT, PIKE_ABORTED (an AbortError), or PIKE_CLOSED when this Signal is
   * closed meanwhile; a signal is never lost by giving up.
   */
  wait(options?: CancelOptions): Promise<SignalInfo> {
    return this.#handle.take(infoOf, options);
  }

  /** The state: "open" until `close`. */
  get state(): HandleState {
    return this.#handle.state;
  }

  /** What this Signal has done so far, and how many waits are pending. */
  get counters(): HandleCounters {
    return this.#handle.counters;
  }

  /**
   * Ends every wait with PIKE_CLOSED; what was unread is gone. A signal that nobody else waits for
   * does again what it did before. May be called again.
   */
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

  /** Signals, one after another, until this Signal is closed. Leaving the loop leaves it open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<SignalInfo> {
    return new SignalIterator(this.#handle);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

const infoOf = (request: { readonly signal: SignalInfo | null }): SignalInfo =>
  request.signal as SignalInfo;
