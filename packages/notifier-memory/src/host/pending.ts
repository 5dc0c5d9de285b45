/** A request on its way through a notifier, with what it has done so far. */
import { Operation, type Request } from "@pike-io/notifier";
import type { Due } from "../timeline.js";
import type { Handle } from "./handle.js";
import { Regions } from "./regions.js";
import type { Resource } from "./resource.js";

/** The most bytes of a chunk. */
const CHUNK_BYTES_MAX = 65_536;

/** One submitted request. The caller's memory is only borrowed, and only while it stays intact. */
export class Pending {
  readonly request: Request;
  /** null for a timer. */
  readonly handle: Handle | null;
  readonly #regions: Regions | null;
  /** Bytes that a write has moved; of a `sendMany`, datagrams. */
  transferred = 0;
  /** Bytes that a `sendMany` has moved. */
  sentBytes = 0;
  /** Bytes that a `recvMany` has taken. */
  receivedBytes = 0;
  /** The deadline has passed: the next attempt is the last. */
  expired = false;
  deadline: Due | null = null;
  /** What an accept has taken, until it has a handle. */
  accepted: Resource | null = null;

  constructor(request: Request, handle: Handle | null) {
    this.request = request;
    this.handle = handle;
    this.#regions = request.buffer === null ? null : new Regions(request.buffer);
    request.chunk = null;
    request.signal = null;
    request.accepted = -1;
    request.transferred = 0;
    request.truncated = false;
    if (request.operation === Operation.recvMany) request.loan = null;
    if (request.operation === Operation.acceptMany) request.arrived = null;
  }

  /** Whether the caller's memory is still what it was. */
  get intact(): boolean {
    return this.#regions === null || this.#regions.intact;
  }

  /** Bytes that a read may take. */
  get capacity(): number {
    if (this.#regions !== null) return this.#regions.fillable;
    return Math.min(Math.max(this.request.size, 1), CHUNK_BYTES_MAX);
  }

  /** Bytes that a write has to move in all. */
  get size(): number {
    return this.#regions?.size ?? 0;
  }

  /**
   * Gives a reader `size` bytes, which `read` moves in order: into its memory, or as a chunk of its
   * own.
   */
  give(size: number, read: (target: Uint8Array) => void): void {
    if (this.#regions !== null) {
      this.#regions.fill(size, read);
      return;
    }
    const chunk = new Uint8Array(size);
    read(chunk);
    this.request.chunk = chunk;
  }

  /** How many datagrams a `sendMany` has to send in all. */
  get datagrams(): number {
    const { size } = this.request;
    return size > 0 ? Math.ceil(this.size / size) : (this.#regions?.count ?? 0);
  }

  /** The length of one of them. */
  datagramSize(index: number): number {
    const { size } = this.request;
    if (size > 0) return Math.min(size, this.size - index * size);
    return this.#regions?.sizeOf(index) ?? 0;
  }

  /** A copy of one of them. */
  copyDatagram(index: number): Uint8Array {
    const { size } = this.request;
    const regions = this.#regions as Regions;
    return size > 0 ? regions.copy(index * size, size) : regions.copyOf(index);
  }

  /** Copies up to `limit` of the bytes that are still to be written. */
  copyNext(limit: number): Uint8Array {
    return this.#regions?.copy(this.transferred, limit) ?? new Uint8Array(0);
  }
}
