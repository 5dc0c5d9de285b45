/**
 * Handle: one descriptor in a notifier, with any number of operations in flight on it.
 *
 * Readers are served in the order they came, and so are writers. Memory given to an operation stays
 * the caller's until its promise settles. Garbage collection never closes a handle: `close` does.
 */
import {
  ALL,
  contractVersion,
  type HandleCounters,
  type HandleId,
  type Notifier,
  Operation,
  PikeError,
  READABLE,
  type Requirement,
  requireContract,
  WRITABLE,
} from "@pike-io/notifier";
import {
  type CancelOptions,
  checkBuffer,
  checkBuffers,
  checkInteger,
  signalOf,
  timeoutOf,
} from "./check.js";
import { ChunkIterator } from "./chunks.js";
import { HandleRequest, type Shape } from "./request.js";

/** Where a handle is in its life. */
export type HandleState = "unregistered" | "open" | "closing" | "closed" | "detached";

/** What `wait` resolves to. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** What `detach` resolves to. */
export interface Detached {
  /** The descriptor, now the caller's to close. */
  readonly fd: number;
  /** Bytes that were received but not read; read these first. Empty on reactors. */
  readonly unread: Uint8Array;
}

/** The largest chunk, in bytes. */
const CHUNK_BYTES_MAX = 65_536;

const requirement: Requirement = {
  layer: "@pike-io/handle",
  version: "0.1.0",
  ...contractVersion,
  operations: ["adopt", "read", "write", "wait", "close", "detach"],
};

/** A descriptor: a pipe, a terminal, a device, a timerfd, … and the base of every socket. */
export class Handle {
  #notifier: Notifier | null = null;
  #id: HandleId = -1;
  #state: HandleState = "unregistered";
  #closing: Promise<void> | null = null;
  #detaching: Promise<Detached> | null = null;

  /** Not for programs: use `Handle.adopt`, or a layer such as @pike-io/socket. */
  protected constructor() {}

  /**
   * Takes an open descriptor into a notifier. It is set non-blocking until `close` or `detach`,
   * sockets excepted. A refused descriptor is left untouched: EBADF, PIKE_IN_USE, PIKE_UNSUPPORTED
   * (regular files, epoll and io_uring descriptors). Adopting a descriptor that somebody else goes
   * on using is the caller's risk.
   */
  static adopt(notifier: Notifier, fd: number): Handle {
    requireContract(notifier, requirement);
    checkInteger(fd, "fd", 0, 0x7fff_ffff);
    const handle = new Handle();
    handle.register(notifier, notifier.adopt(fd));
    return handle;
  }

  /** Binds this object to a handle of a notifier, once. For layers. */
  protected register(notifier: Notifier, id: HandleId): void {
    if (this.#state !== "unregistered") throw this.misuse("register");
    this.#notifier = notifier;
    this.#id = id;
    this.#state = "open";
  }

  /** The state: "open" until `close` or `detach`. */
  get state(): HandleState {
    return this.#state;
  }

  /**
   * The descriptor's number; −1 when there is none. Closing it behind the handle's back breaks the
   * handle.
   */
  get fd(): number {
    return this.#state === "open" ? (this.#notifier as Notifier).fd(this.#id) : -1;
  }

  /** What this handle has done so far, and how many operations wait. */
  get counters(): HandleCounters {
    return this.openNotifier("counters").handleCounters(this.#id);
  }

  /**
   * Receives into `buffer` (1 byte or more) and resolves to the count; 0 is the end of the stream.
   * read(2), recv(2)
   */
  read(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    try {
      checkBuffer(buffer);
      if (buffer.byteLength === 0) {
        throw PikeError.range(
          "buffer must have room for a byte: 0 would read as the end of the stream",
        );
      }
      const request = this.request(Operation.read);
      request.buffer = buffer;
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Receives into several buffers in order and resolves to the count. readv(2) */
  readv(buffers: readonly Uint8Array[], options?: CancelOptions): Promise<number> {
    try {
      checkBuffers(buffers);
      if (buffers.every((buffer) => buffer.byteLength === 0)) {
        throw PikeError.range(
          "buffers must have room for a byte: 0 would read as the end of the stream",
        );
      }
      const request = this.request(Operation.read);
      request.buffer = buffers.slice();
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Receives at most `size` bytes (1 to 65,536) that are the caller's own; null at the end of the
   * stream.
   */
  readChunk(size: number = CHUNK_BYTES_MAX, options?: CancelOptions): Promise<Uint8Array | null> {
    try {
      checkInteger(size, "size", 1, CHUNK_BYTES_MAX);
      return this.nextChunk(size, chunkOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends from `buffer` and resolves to the count sent, which may be less than its length.
   * write(2), send(2)
   */
  write(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    return this.#send(buffer, 0, resultOf, options);
  }

  /**
   * Sends all of `buffer`; no other writer's bytes come in between. A failure carries
   * `transferred`.
   */
  writeAll(buffer: Uint8Array, options?: CancelOptions): Promise<void> {
    return this.#send(buffer, ALL, nothing, options);
  }

  /** Sends all of several buffers in order and resolves to the count of bytes. writev(2) */
  writev(buffers: readonly Uint8Array[], options?: CancelOptions): Promise<number> {
    try {
      checkBuffers(buffers);
      const request = this.request(Operation.write);
      request.buffer = buffers.slice();
      request.flags = ALL;
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Waits until a read ("read"), a write ("write") or either ("both") would not block; moves
   * nothing.
   */
  wait(direction: "read" | "write" | "both", options?: CancelOptions): Promise<Readiness> {
    try {
      const request = this.request(Operation.wait);
      if (direction === "read") request.flags = READABLE;
      else if (direction === "write") request.flags = WRITABLE;
      else if (direction === "both") request.flags = READABLE | WRITABLE;
      else throw PikeError.type('direction must be "read", "write" or "both"');
      return this.begin(request, readinessOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Ends every pending operation with PIKE_CLOSED, then closes the descriptor. May be called again;
   * also `await using`.
   */
  close(): Promise<void> {
    if (this.#closing !== null) return this.#closing;
    if (this.#state === "unregistered" || this.#state === "detached") {
      if (this.#state === "unregistered") this.#state = "closed";
      return Promise.resolve();
    }
    // A detach that is under way comes first; what it fails to give away is closed.
    if (this.#detaching !== null) return this.#detaching.then(noValue, () => this.close());
    const request = this.request(Operation.close);
    this.#state = "closing";
    const closed = request.start(this.#notifier as Notifier, nothing, null);
    this.#closing = closed.then(
      () => this.#closed(),
      (error) => this.#closeFailed(error),
    );
    return this.#closing;
  }

  /**
   * Ends every pending operation with PIKE_CLOSED and gives the descriptor back, open, its flags as
   * they were found.
   */
  detach(): Promise<Detached> {
    try {
      const request = this.request(Operation.detach);
      this.#state = "closing";
      const shape: Shape<Detached> = (done, fd) => this.#detached(done, fd);
      this.#detaching = request.start(this.#notifier as Notifier, shape, null);
      // Refused, for instance by a notifier that has no descriptors: the handle is as it was.
      this.#detaching.catch(() => this.#stay());
      return this.#detaching;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Lets pending operations keep the runtime's loop alive (the default). */
  ref(): this {
    this.openNotifier("ref").setRef(this.#id, true);
    return this;
  }

  /** Lets the runtime's loop end in spite of pending operations. */
  unref(): this {
    this.openNotifier("unref").setRef(this.#id, false);
    return this;
  }

  /** Chunks until the end of the stream, each of at most `size` bytes (1 to 65,536). */
  chunks(size: number = CHUNK_BYTES_MAX): AsyncIterableIterator<Uint8Array> {
    checkInteger(size, "size", 1, CHUNK_BYTES_MAX);
    return new ChunkIterator(this, size);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return new ChunkIterator(this, CHUNK_BYTES_MAX);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** One chunk read, shaped as the caller wants it. For layers and iterators. */
  nextChunk<Value>(size: number, shape: Shape<Value>, options?: CancelOptions): Promise<Value> {
    try {
      const request = this.request(Operation.read);
      request.size = size;
      return this.begin(request, shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What messages call an operation on this kind of handle. */
  protected callName(operation: Operation): string {
    return callNames[operation] ?? "operation";
  }

  /** What messages call this kind of handle. */
  protected get noun(): string {
    return "handle";
  }

  /** A request of this handle, or the error of its state. For layers. */
  protected request(operation: Operation): HandleRequest {
    if (this.#state !== "open") throw this.misuse(this.callName(operation));
    return HandleRequest.take(operation, this.#id, this.callName(operation));
  }

  /** Starts a request. For layers. */
  protected begin<Value>(
    request: HandleRequest,
    shape: Shape<Value>,
    options: CancelOptions | undefined,
  ): Promise<Value> {
    if (options === undefined) return request.start(this.#notifier as Notifier, shape, null);
    request.timeoutMs = timeoutOf(options);
    return request.start(this.#notifier as Notifier, shape, signalOf(options));
  }

  /** The notifier, or the error of the handle's state. For layers. */
  protected openNotifier(call: string): Notifier {
    if (this.#state !== "open") throw this.misuse(call);
    return this.#notifier as Notifier;
  }

  /** The notifier, whatever the state. For layers, at completion. */
  protected get notifier(): Notifier {
    return this.#notifier as Notifier;
  }

  /** The notifier's name of this handle. For layers. */
  protected get id(): HandleId {
    return this.#id;
  }

  /** The error of calling something in this state. */
  protected misuse(call: string): PikeError {
    if (this.#state === "unregistered") {
      return new PikeError(
        "PIKE_NOT_REGISTERED",
        `${call}: the ${this.noun} has no descriptor yet; call registerTo(notifier) first`,
        { syscall: call },
      );
    }
    if (this.#state === "open") {
      return new PikeError("PIKE_STATE", `${call}: the ${this.noun} is registered already`, {
        syscall: call,
      });
    }
    const state = this.#state === "detached" ? "detached" : "closed";
    return new PikeError("PIKE_CLOSED", `${call}: the ${this.noun} is ${state}`, { syscall: call });
  }

  #send<Value>(
    buffer: Uint8Array,
    flags: number,
    shape: Shape<Value>,
    options: CancelOptions | undefined,
  ): Promise<Value> {
    try {
      checkBuffer(buffer);
      const request = this.request(Operation.write);
      request.buffer = buffer;
      request.flags = flags;
      return this.begin(request, shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #closed(): void {
    this.#state = "closed";
  }

  #closeFailed(error: unknown): void {
    this.#state = "closed";
    // The notifier was closed first, and every handle with it.
    const { code } = error as PikeError;
    if (code !== "PIKE_CLOSED" && code !== "PIKE_STALE") throw error;
  }

  #stay(): void {
    this.#detaching = null;
    this.#state = "open";
  }

  #detached(request: HandleRequest, fd: number): Detached {
    this.#detaching = null;
    this.#state = "detached";
    return { fd, unread: request.chunk ?? new Uint8Array(0) };
  }
}

const callNames: { readonly [operation: number]: string } = {
  [Operation.read]: "read",
  [Operation.write]: "write",
  [Operation.recvFrom]: "recvfrom",
  [Operation.sendTo]: "sendto",
  [Operation.accept]: "accept",
  [Operation.connect]: "connect",
  [Operation.wait]: "wait",
  [Operation.close]: "close",
  [Operation.detach]: "detach",
  [Operation.signal]: "wait",
  [Operation.event]: "wait",
};

const resultOf: Shape<number> = (_request, result) => result;
const chunkOf: Shape<Uint8Array | null> = (request) => request.chunk;
const noValue = (): void => undefined;
const nothing: Shape<void> = noValue;
const readinessOf: Shape<Readiness> = (_request, result) => ({
  readable: (result & READABLE) !== 0,
  writable: (result & WRITABLE) !== 0,
});
