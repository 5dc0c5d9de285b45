/**
 * A request that settles a promise. One is made per operation; the notifier holds it while it is
 * pending.
 */
import {
  type Address,
  Code,
  type HandleId,
  type Loan,
  type Notifier,
  Operation,
  PENDING,
  type PikeError,
  type Request,
  type SignalInfo,
  systemError,
} from "@pike-io/notifier";

/** Turns a completed request into the promise's value; what it throws rejects the promise. */
export type Shape<Value> = (request: HandleRequest, result: number) => Value;

type Resolve = (value: unknown) => void;
type Reject = (error: unknown) => void;

// `new Promise(capture)` hands its two functions out here, so that no closure is made per
// operation.
let captured_resolve: Resolve;
let captured_reject: Reject;
const capture = (resolve: Resolve, reject: Reject): void => {
  captured_resolve = resolve;
  captured_reject = reject;
};

let spare: HandleRequest | null = null;
const done = Promise.resolve();

/** The request class of every layer over a handle. */
export class HandleRequest implements Request {
  operation: Operation;
  handle: HandleId;
  /** What error messages call it: "recv". */
  syscall: string;
  buffer: Uint8Array | readonly Uint8Array[] | null = null;
  size = 0;
  flags = 0;
  timeoutMs = -1;
  address: Address | null = null;
  chunk: Uint8Array | null = null;
  addresses: readonly (Address | null)[] | null = null;
  accepted: HandleId = -1;
  arrived: readonly HandleId[] | null = null;
  loan: Loan | null = null;
  transferred = 0;
  truncated = false;
  signal: SignalInfo | null = null;
  token = -1;
  #shape: Shape<unknown> | null = null;
  #resolve: Resolve | null = null;
  #reject: Reject | null = null;
  #watch: AbortWatch | null = null;

  constructor(operation: Operation, handle: HandleId, syscall: string) {
    this.operation = operation;
    this.handle = handle;
    this.syscall = syscall;
  }

  /** A fresh request, or the one that the last operation answered at once has left over. */
  static take(operation: Operation, handle: HandleId, syscall: string): HandleRequest {
    const request = spare;
    if (request === null) return new HandleRequest(operation, handle, syscall);
    spare = null;
    request.operation = operation;
    request.handle = handle;
    request.syscall = syscall;
    return request;
  }

  /** Starts it, and gives the promise that it settles. */
  start<Value>(
    notifier: Notifier,
    shape: Shape<Value>,
    signal: AbortSignal | null,
  ): Promise<Value> {
    if (signal?.aborted === true) return Promise.reject(this.#error(Code.PIKE_ABORTED, signal));
    const result = notifier.submit(this);
    if (result !== PENDING) {
      if (result < 0) return Promise.reject(this.#error(-result, null));
      const value = shape(this, result);
      this.#leave();
      return value === undefined ? (done as Promise<Value>) : Promise.resolve(value);
    }
    const promise = new Promise(capture) as Promise<Value>;
    this.#resolve = captured_resolve;
    this.#reject = captured_reject;
    this.#shape = shape;
    if (signal !== null) this.#watch = new AbortWatch(signal, notifier, this);
    return promise;
  }

  /** Called by the notifier. */
  complete(result: number): void {
    const watch = this.#watch;
    watch?.end();
    if (result < 0) {
      (this.#reject as Reject)(this.#error(-result, watch?.signal ?? null));
      return;
    }
    try {
      (this.#resolve as Resolve)((this.#shape as Shape<unknown>)(this, result));
    } catch (error) {
      (this.#reject as Reject)(error);
    }
  }

  /** Nobody else has seen a request that was answered at once: it can serve again. */
  #leave(): void {
    this.buffer = null;
    this.size = 0;
    this.flags = 0;
    this.timeoutMs = -1;
    this.address = null;
    this.addresses = null;
    this.chunk = null;
    this.arrived = null;
    this.loan = null;
    this.transferred = 0;
    this.truncated = false;
    this.signal = null;
    spare = this;
  }

  #error(code: number, signal: AbortSignal | null): PikeError {
    const error = systemError(code, {
      syscall: this.syscall,
      address: this.address,
      transferred:
        this.transferred > 0 || this.operation === Operation.sendMany
          ? this.transferred
          : undefined,
    });
    if (code === Code.PIKE_ABORTED && signal !== null) error.cause = signal.reason;
    return error;
  }
}

/** Cancels a request when its signal aborts. */
class AbortWatch {
  readonly signal: AbortSignal;
  readonly #listener: () => void;

  constructor(signal: AbortSignal, notifier: Notifier, request: Request) {
    this.signal = signal;
    this.#listener = () => notifier.cancel(request);
    signal.addEventListener("abort", this.#listener, { once: true });
  }

  end(): void {
    this.signal.removeEventListener("abort", this.#listener);
  }
}

/** Starts a request on nobody's behalf: for layers that need the bare promise of its result. */
export function submitRequest(notifier: Notifier, request: HandleRequest): Promise<number> {
  return request.start(notifier, resultOf, null);
}

const resultOf: Shape<number> = (_request, result) => result;
