/** A listening socket's backlog: connections that nobody has accepted yet. See listen(2). */
import type { Address } from "@pike-io/notifier";
import { Queue } from "../queue.js";
import type { End } from "../wire/end.js";

/** Linux's net.core.somaxconn. */
const BACKLOG_MAX = 4_096;

/** One connection on its way to its accept. */
export interface Arrival {
  readonly end: End;
  readonly local: Address;
  readonly peer: Address;
}

/** The backlog. It owns the connections in it, and resets them when it goes. */
export class Listener {
  /** Users whose connections are delivered; null for everybody's. */
  readonly allowUid: number | null;
  readonly #arrivals = new Queue<Arrival>();
  readonly #waiting = new Queue<(admitted: boolean) => void>();
  readonly #onChange: () => void;
  #backlog = 0;

  constructor(backlog: number, allowUid: number | null, onChange: () => void) {
    this.allowUid = allowUid;
    this.#onChange = onChange;
    this.resize(backlog);
  }

  resize(backlog: number): void {
    this.#backlog = Math.min(backlog, BACKLOG_MAX);
    this.#admit();
  }

  get length(): number {
    return this.#arrivals.length;
  }

  /** Linux takes one more than the backlog says. */
  get full(): boolean {
    return this.#arrivals.length > this.#backlog;
  }

  /** Puts a connection into the backlog. */
  add(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.#onChange();
  }

  /** Calls `proceed` when there is room, or with false when there won't be any. */
  await(proceed: (admitted: boolean) => void): void {
    this.#waiting.push(proceed);
  }

  /** Takes the oldest connection, and lets one that waits for room come in. */
  take(): Arrival | undefined {
    const arrival = this.#arrivals.shift();
    this.#admit();
    return arrival;
  }

  close(): void {
    for (const { end } of this.#arrivals.drain()) end.close(true);
    for (const proceed of this.#waiting.drain()) proceed(false);
  }

  #admit(): void {
    while (!this.full && this.#waiting.length > 0) this.#waiting.shift()?.(true);
  }
}
