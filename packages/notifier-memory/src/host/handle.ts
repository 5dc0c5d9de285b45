/**
 * Handles: a resource with the requests that wait on it, and the table that gives each a number.
 *
 * A number is slot and generation in one, so that the number of a closed handle never means another
 * one.
 */
import { type HandleId, Operation } from "@pike-io/notifier";
import { Queue } from "../queue.js";
import type { Pending } from "./pending.js";
import type { Resource } from "./resource.js";
import { handleTotals, type Totals } from "./totals.js";

/** Slots of the largest table; see `Limits.handles`. */
const SLOTS = 0x10_0000;

/** One open handle. */
export class Handle {
  readonly id: HandleId;
  readonly resource: Resource;
  readonly reads: Queue<Pending> = new Queue();
  readonly writes: Queue<Pending> = new Queue();
  /** Waits for readiness: they neither take a place in a queue nor take anything. */
  readonly waits: Queue<Pending> = new Queue();
  readonly totals: Totals = handleTotals();
  /** Whether its requests keep the runtime alive. */
  referenced = true;
  /** Requests of its own that are not delivered yet. */
  inFlight = 0;
  /** A deadline of one of them has passed. */
  expired = false;
  /** A close was submitted. */
  closing = false;
  /** Results given at once in `immediateTurn`. */
  immediate = 0;
  immediateTurn = 0;

  constructor(id: HandleId, resource: Resource) {
    this.id = id;
    this.resource = resource;
  }

  /** Whether anybody waits here. */
  get awaited(): boolean {
    return this.reads.length + this.writes.length + this.waits.length > 0;
  }

  /** Where an operation takes its place; null for one that has none. */
  queueFor(operation: Operation): Queue<Pending> | null {
    switch (operation) {
      case Operation.read:
      case Operation.recvFrom:
      case Operation.accept:
      case Operation.recvMany:
      case Operation.acceptMany:
      case Operation.signal:
      case Operation.event:
        return this.reads;
      case Operation.write:
      case Operation.sendTo:
      case Operation.sendMany:
      case Operation.connect:
        return this.writes;
      case Operation.wait:
        return this.waits;
      default:
        return null;
    }
  }
}

/** The open handles of one notifier. */
export class HandleTable {
  readonly #limit: number;
  readonly #slots: (Handle | null)[] = [];
  readonly #generations: number[] = [];
  readonly #free: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#slots.length - this.#free.length;
  }

  get full(): boolean {
    return this.count >= this.#limit;
  }

  /** Gives a resource a handle. The table must not be full. */
  add(resource: Resource): Handle {
    const slot = this.#free.pop() ?? this.#slots.length;
    const generation = (this.#generations[slot] ?? 0) + 1;
    this.#generations[slot] = generation;
    const handle = new Handle(slot + generation * SLOTS, resource);
    this.#slots[slot] = handle;
    return handle;
  }

  /** The handle with this number; undefined when it is closed, or never was. */
  get(id: HandleId): Handle | undefined {
    const handle = this.#slots[id % SLOTS];
    return handle?.id === id ? handle : undefined;
  }

  remove(handle: Handle): void {
    const slot = handle.id % SLOTS;
    if (this.#slots[slot] !== handle) return;
    this.#slots[slot] = null;
    this.#free.push(slot);
  }

  /** All that are open, by slot. */
  all(): Handle[] {
    return this.#slots.filter((handle) => handle !== null);
  }
}
