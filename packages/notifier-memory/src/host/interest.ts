/**
 * Who keeps the runtime alive: exactly the requests in flight on ref'd handles of a ref'd, attached
 * notifier, and its timers.
 */
import type { Loop } from "../loop.js";
import type { Handle } from "./handle.js";

/** The requests in flight of one notifier. */
export class Interest {
  /** null for a notifier that is driven by hand: it keeps nothing alive. */
  readonly #loop: Loop | null;
  #count = 0;
  #counted = 0;
  #referenced = true;

  constructor(loop: Loop | null) {
    this.#loop = loop;
  }

  /** Requests not delivered yet. */
  get count(): number {
    return this.#count;
  }

  add(handle: Handle | null): void {
    this.#change(handle, 1);
  }

  remove(handle: Handle | null): void {
    this.#change(handle, -1);
  }

  setHandleRef(handle: Handle, keepsAlive: boolean): void {
    if (handle.referenced === keepsAlive) return;
    handle.referenced = keepsAlive;
    this.#keep(keepsAlive ? handle.inFlight : -handle.inFlight);
  }

  setRef(keepsAlive: boolean): void {
    if (this.#referenced === keepsAlive) return;
    this.#referenced = keepsAlive;
    this.#loop?.addKept(keepsAlive ? this.#counted : -this.#counted);
  }

  #change(handle: Handle | null, by: 1 | -1): void {
    this.#count += by;
    this.#loop?.addInFlight(by);
    if (handle !== null) handle.inFlight += by;
    if (handle === null || handle.referenced) this.#keep(by);
  }

  #keep(by: number): void {
    this.#counted += by;
    if (this.#referenced) this.#loop?.addKept(by);
  }
}
