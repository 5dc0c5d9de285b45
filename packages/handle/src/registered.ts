/**
 * The life of a registered descriptor: its state, its way into a notifier and out again, and how
 * requests on it begin. What can be done with it is `Handle`'s.
 */
import {
  type HandleCounters,
  type HandleId,
  type Notifier,
  Operation,
  PikeError,
} from "@pike-io/notifier";
import { type CancelOptions, signalOf, timeoutOf } from "./check.js";
import { HandleRequest, type Shape } from "./request.js";

/** Where a handle is in its life. */
export type HandleState = "unregistered" | "open" | "closing" | "closed" | "detached";

/** What `detach` resolves to. */
export interface Detached {
  /** The descriptor, now the caller's to close. */
  readonly fd: number;
  /** Bytes that were received but not read; read these first. Empty on reactors. */
  readonly unread: Uint8Array;
}

/**
 * Something with a descriptor in a notifier. Its methods are not `#private`, here and in what
 * extends it: those of each class would cost every object a field.
 */
export class Registered {
  #notifier: Notifier | null = null;
  #id: HandleId = -1;
  #state: HandleState = "unregistered";
  #closing: Promise<void> | null = null;
  #detaching: Promise<Detached> | null = null;

  /** Not for programs: use `Handle.adopt`, or a layer such as @pike-io/socket. */
  protected constructor() {}

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
      () => this.onClosed(),
      (error) => this.onCloseFailed(error),
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
      const shape: Shape<Detached> = (done, fd) => this.onDetached(done, fd);
      this.#detaching = request.start(this.#notifier as Notifier, shape, null);
      // Refused, for instance by a notifier that has no descriptors: the handle is as it was.
      this.#detaching.catch(() => this.onRefused());
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

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
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

  /** A request that serves again, made this handle's; or the error of its state. */
  protected renew(request: HandleRequest): HandleRequest {
    const syscall = this.callName(request.operation);
    if (this.#state !== "open") throw this.misuse(syscall);
    request.handle = this.#id;
    request.syscall = syscall;
    return request;
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

  private onClosed(): void {
    this.#state = "closed";
  }

  private onCloseFailed(error: unknown): void {
    this.#state = "closed";
    // The notifier was closed first, and every handle with it.
    const { code } = error as PikeError;
    if (code !== "PIKE_CLOSED" && code !== "PIKE_STALE") throw error;
  }

  private onRefused(): void {
    this.#detaching = null;
    this.#state = "open";
  }

  private onDetached(request: HandleRequest, fd: number): Detached {
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
  [Operation.recvMany]: "recvmmsg",
  [Operation.sendMany]: "sendmmsg",
  [Operation.acceptMany]: "accept",
};

const noValue = (): void => undefined;
const nothing: Shape<void> = noValue;
