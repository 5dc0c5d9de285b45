/**
 * Attempts: one try of one request, counted.
 *
 * An accept that finds the notifier full of handles is not tried: its connection stays in the
 * backlog, and the listener is remembered until a handle closes.
 */
import { Code, type HandleId, Operation, PENDING } from "@pike-io/notifier";
import type { Handle, HandleTable } from "./handle.js";
import type { Pending } from "./pending.js";
import type { Resource } from "./resource.js";
import type { NotifierTotals } from "./totals.js";

/** Most connections of one request. */
const ACCEPTS_MAX = 64;

/** The attempts of one notifier. */
export class Attempts {
  readonly #handles: HandleTable;
  readonly #totals: NotifierTotals;
  /** Gives an accepted connection its handle. */
  readonly #open: (resource: Resource) => number;
  #starved = new Set<Handle>();

  constructor(handles: HandleTable, totals: NotifierTotals, open: (resource: Resource) => number) {
    this.#handles = handles;
    this.#totals = totals;
    this.#open = open;
  }

  /** The result, or PENDING when it would block. */
  attempt(handle: Handle, pending: Pending): number {
    const { request } = pending;
    if (request.operation === Operation.accept && this.#handles.full) {
      this.#starved.add(handle);
      return PENDING;
    }
    if (request.operation === Operation.acceptMany) return this.#acceptMany(handle, pending);
    const before = bytesOf(pending);
    const result =
      request.operation === Operation.wait
        ? handle.resource.readiness() & request.flags || PENDING
        : handle.resource.attempt(pending);
    if (pending.accepted !== null) request.accepted = this.#open(pending.accepted);
    this.#count(handle, pending, bytesOf(pending) - before, result);
    return result;
  }

  /** Accepts until there is none, or enough. */
  #acceptMany(handle: Handle, pending: Pending): number {
    const { request } = pending;
    if (request.size < 1 || request.size > ACCEPTS_MAX) return -Code.EINVAL;
    const arrived: HandleId[] = [];
    let result: number = PENDING;
    while (arrived.length < request.size) {
      if (this.#handles.full) {
        this.#starved.add(handle);
        break;
      }
      result = handle.resource.attempt(pending);
      this.#count(handle, pending, 0, result);
      if (pending.accepted === null) break;
      arrived.push(this.#open(pending.accepted));
      pending.accepted = null;
    }
    if (arrived.length === 0) return result;
    request.arrived = arrived;
    return arrived.length;
  }

  /** The listeners that waited for a handle to close. */
  takeStarved(): Iterable<Handle> {
    const starved = this.#starved;
    this.#starved = new Set();
    return starved;
  }

  #count(handle: Handle, pending: Pending, written: number, result: number): void {
    const { request } = pending;
    const isRead = request.operation === Operation.read || request.operation === Operation.recvFrom;
    request.transferred = pending.transferred;
    for (const totals of [this.#totals, handle.totals]) {
      totals.systemCalls++;
      if (result === PENDING) totals.wouldBlocks++;
      totals.bytesWritten += written;
      if (isRead && result > 0) totals.bytesRead += result;
      totals.bytesRead += pending.receivedBytes;
    }
  }
}

/** Bytes that a request has sent so far. */
function bytesOf(pending: Pending): number {
  return pending.request.operation === Operation.sendMany ? pending.sentBytes : pending.transferred;
}
