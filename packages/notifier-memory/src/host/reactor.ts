/**
 * The reactor: attempts a request, parks it when it would block, tries again when its resource has
 * changed, and delivers completions in batches.
 *
 * Requests belong to their submitter; the reactor holds one from `submit` until it has completed.
 * Attempts never run user code, and user code is only ever run from `turn`.
 */
import {
  Code,
  type Dispatch,
  type HandleId,
  type Limits,
  Operation,
  PENDING,
  PikeError,
  READABLE,
  type Request,
  WRITABLE,
} from "@pike-io/notifier";
import type { Loop, Turning } from "../loop.js";
import type { Queue } from "../queue.js";
import type { Timeline } from "../timeline.js";
import { Attempts } from "./attempts.js";
import { type Handle, HandleTable } from "./handle.js";
import { Interest } from "./interest.js";
import { Outbox } from "./outbox.js";
import { Pending } from "./pending.js";
import type { Resource } from "./resource.js";
import { type NotifierTotals, notifierTotals } from "./totals.js";

/** The longest piece of an array that is sent as datagrams. */
const PIECE_BYTES_MAX = 65_535;

/** Where a reactor runs. `loop` is null for one that is driven by hand. */
export interface ReactorSurroundings {
  readonly timeline: Timeline;
  readonly loop: Loop | null;
  readonly limits: Limits;
  readonly dispatch: Dispatch | null;
}

/** The requests of one notifier. */
export class Reactor implements Turning {
  readonly handles: HandleTable;
  readonly interest: Interest;
  readonly totals: NotifierTotals = notifierTotals();
  readonly #timeline: Timeline;
  readonly #loop: Loop | null;
  readonly #limits: Limits;
  readonly #outbox: Outbox;
  readonly #pending = new Map<number, Pending>();
  #tokens = 0;
  #ready = new Set<Handle>();
  readonly #attempts: Attempts;
  #turns = 1;
  #closing: Promise<void> | null = null;

  constructor({ timeline, loop, limits, dispatch }: ReactorSurroundings) {
    this.#timeline = timeline;
    this.#loop = loop;
    this.#limits = limits;
    this.#outbox = new Outbox(dispatch, (pending) => this.#delivering(pending));
    this.handles = new HandleTable(limits.handles);
    this.interest = new Interest(loop);
    this.#attempts = new Attempts(this.handles, this.totals, (resource) => this.open(resource));
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  /** Whether completions are being delivered at this moment. */
  get delivering(): boolean {
    return this.#outbox.delivering;
  }

  /** PIKE_LIMIT when no more handles may be opened. */
  requireRoom(): void {
    if (!this.handles.full) return;
    const limit = this.#limits.handles;
    throw new PikeError("PIKE_LIMIT", `the notifier's limit of ${limit} open handles is reached`);
  }

  /** Gives a resource a handle. PIKE_LIMIT. */
  open(resource: Resource): HandleId {
    this.requireRoom();
    const handle = this.handles.add(resource);
    resource.onChange = () => this.#wake(handle);
    return handle.id;
  }

  /** As `Notifier.submit`. */
  submit(request: Request): number {
    this.#loop?.touch();
    this.totals.operations++;
    if (this.closed) return -Code.PIKE_CLOSED;
    if (request.token !== -1) return -Code.PIKE_STATE;
    if (request.operation === Operation.timer) return this.#park(new Pending(request, null));
    const handle = this.handles.get(request.handle);
    if (handle === undefined) return -Code.PIKE_STALE;
    handle.totals.operations++;
    if (handle.closing) return -Code.PIKE_CLOSED;
    if (request.operation === Operation.close) return this.#close(handle, request);
    const queue = handle.queueFor(request.operation);
    if (queue === null) return -Code.PIKE_UNSUPPORTED;
    return this.#start(handle, queue, request);
  }

  /** As `Notifier.cancel`. */
  cancel(request: Request): void {
    const pending = this.#pending.get(request.token);
    if (pending?.request !== request || request.operation === Operation.close) return;
    const { handle } = pending;
    handle?.queueFor(request.operation)?.remove(pending);
    this.#settle(pending, -Code.PIKE_ABORTED);
    // Whoever waited behind comes next.
    if (handle !== null) this.#wake(handle);
  }

  /** Attempts what may succeed now and delivers what has completed; how many that was. */
  turn(): number {
    this.#turns++;
    const ready = this.#ready;
    this.#ready = new Set();
    for (const handle of ready) this.#retry(handle);
    const count = this.#outbox.deliver();
    if (count > 0) this.totals.batches++;
    return count;
  }

  /** As `Notifier.close`. */
  close(): Promise<void> {
    this.#closing ??= new Promise((resolve) => {
      for (const pending of [...this.#pending.values()]) this.#settle(pending, -Code.PIKE_CLOSED);
      setImmediate(() => {
        this.turn();
        this.#loop?.forget(this);
        for (const handle of this.handles.all()) this.#release(handle);
        this.totals.dropped += this.#outbox.close();
        resolve();
      });
    });
    return this.#closing;
  }

  #start(handle: Handle, queue: Queue<Pending>, request: Request): number {
    if (!isComplete(request)) return -Code.EINVAL;
    if (queue.length >= this.#limits.queue) return -Code.PIKE_QUEUE_FULL;
    const pending = new Pending(request, handle);
    // Behind others it would only wait: it is tried when they are.
    const first = queue.length === 0 || queue === handle.waits;
    if (first && this.#mayAnswer(handle)) {
      const result = this.#attempts.attempt(handle, pending);
      if (result !== PENDING) {
        handle.immediate++;
        // The next turn makes room for more results, so there has to be one.
        this.#loop?.request(this);
        return result;
      }
    } else if (first) {
      this.#ready.add(handle);
      this.#loop?.request(this);
    }
    queue.push(pending);
    return this.#park(pending);
  }

  #mayAnswer(handle: Handle): boolean {
    if (handle.immediateTurn !== this.#turns) {
      handle.immediateTurn = this.#turns;
      handle.immediate = 0;
    }
    return handle.immediate < this.#limits.immediate;
  }

  #park(pending: Pending): typeof PENDING {
    const { request, handle } = pending;
    request.token = this.#tokens++;
    this.#pending.set(request.token, pending);
    this.interest.add(handle);
    if (request.timeoutMs >= 0) {
      pending.deadline = this.#timeline.schedule(request.timeoutMs, () => this.#expire(pending));
    }
    return PENDING;
  }

  /**
   * A deadline has passed. What is there by now still counts: the last attempt follows in the turn.
   */
  #expire(pending: Pending): void {
    if (pending.handle === null) {
      this.#settle(pending, 0);
      return;
    }
    pending.expired = true;
    pending.handle.expired = true;
    this.#wake(pending.handle);
  }

  #wake(handle: Handle): void {
    if (!handle.awaited) return;
    this.#ready.add(handle);
    this.#loop?.request(this);
  }

  #retry(handle: Handle): void {
    this.#retryInOrder(handle);
    if (handle.waits.length > 0) this.#retryWaits(handle);
    if (!handle.expired) return;
    this.#giveUp(handle);
    // Whoever waited behind comes next.
    this.#retryInOrder(handle);
  }

  #retryInOrder(handle: Handle): void {
    for (const queue of [handle.reads, handle.writes]) {
      for (let head = queue.peek(); head !== undefined; head = queue.peek()) {
        const result = this.#attempts.attempt(handle, head);
        if (result === PENDING) break;
        queue.shift();
        this.#settle(head, result);
      }
    }
  }

  #retryWaits(handle: Handle): void {
    handle.waits.extract((waiting) => {
      const result = this.#attempts.attempt(handle, waiting);
      if (result !== PENDING) this.#settle(waiting, result);
      return result !== PENDING;
    });
  }

  #giveUp(handle: Handle): void {
    handle.expired = false;
    for (const queue of [handle.reads, handle.writes, handle.waits]) {
      for (const pending of queue.extract((waiting) => waiting.expired)) {
        this.#settle(pending, -Code.PIKE_TIMEOUT);
      }
    }
  }

  /** Ends a request that was parked: it is delivered in the next turn. */
  #settle(pending: Pending, result: number): void {
    if (!this.#pending.delete(pending.request.token)) return;
    if (pending.deadline !== null) this.#timeline.cancel(pending.deadline);
    this.#outbox.add(pending, result);
    this.#loop?.request(this);
  }

  /** A closed resource goes when everything before has been delivered. */
  #delivering({ request, handle }: Pending): void {
    this.totals.completions++;
    if (handle !== null) {
      handle.totals.completions++;
      if (request.operation === Operation.close) this.#release(handle);
    }
    this.interest.remove(handle);
  }

  /** Everything pending ends first. */
  #close(handle: Handle, request: Request): number {
    handle.closing = true;
    for (const queue of [handle.reads, handle.writes, handle.waits]) {
      for (const pending of queue.drain()) this.#settle(pending, -Code.PIKE_CLOSED);
    }
    const pending = new Pending(request, handle);
    this.#park(pending);
    this.#settle(pending, 0);
    return PENDING;
  }

  #release(handle: Handle): void {
    this.#ready.delete(handle);
    handle.resource.onChange = () => {};
    handle.resource.close();
    this.handles.remove(handle);
    for (const starved of this.#attempts.takeStarved()) this.#wake(starved);
  }
}

/** Either one array and the size of its pieces, or a list and as many addresses, if any. */
function isList({ buffer, size, addresses = null }: Request): boolean {
  if (buffer === null || size > PIECE_BYTES_MAX) return false;
  if (!Array.isArray(buffer)) return size > 0;
  return size === 0 && (addresses === null || addresses.length === buffer.length);
}

/** A write needs something to write, a wait something to wait for. */
function isComplete(request: Request): boolean {
  const { operation, buffer, flags } = request;
  if (operation === Operation.wait) return (flags & (READABLE | WRITABLE)) !== 0;
  if (operation === Operation.sendMany) return isList(request);
  return buffer !== null || (operation !== Operation.write && operation !== Operation.sendTo);
}
