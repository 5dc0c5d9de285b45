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

// `new Promise(capture)` hands its function out here, so that no closure is made per operation.
let captured_resolve: Resolve;
const capture = (resolve: Resolve): void => {
  captured_resolve = resolve;
};

let spare: HandleRequest | null = null;
let spare_rarities: Rarities | null = null;
const done = Promise.resolve();

/** What few requests have; a read that waits for its bytes has none of it. */
class Rarities {
  address: Address | null = null;
  addresses: readonly (Address | null)[] | null = null;
  accepted: HandleId = -1;
  arrived: readonly HandleId[] | null = null;
  loan: Loan | null = null;
  transferred = 0;
  truncated = false;
  signal: SignalInfo | null = null;
  watch: AbortWatch | null = null;

  /** Those that a request answered at once has left over, or fresh ones. */
  static take(): Rarities {
    const rarities = spare_rarities;
    if (rarities === null) return new Rarities();
    spare_rarities = null;
    return rarities;
  }

  leave(): void {
    this.address = null;
    this.addresses = null;
    this.accepted = -1;
    this.arrived = null;
    this.loan = null;
    this.transferred = 0;
    this.truncated = false;
    this.signal = null;
    spare_rarities = this;
  }
}

/**
 * The request class of every layer over a handle. One waits in memory for each idle connection: its
 * fields are few, and it has no private method, which would cost it one more.
 */
export class HandleRequest implements Request {
  operation: Operation;
  handle: HandleId;
  /** What error messages call it: "recv". */
  syscall: string;
  buffer: Uint8Array | readonly Uint8Array[] | null = null;
  size = 0;
  flags = 0;
  timeoutMs = -1;
  chunk: Uint8Array | null = null;
  token = -1;
  #shape: Shape<unknown> | null = null;
  #resolve: Resolve | null = null;
  #rarities: Rarities | null = null;

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

  get address(): Address | null {
    return this.#rarities === null ? null : this.#rarities.address;
  }

  set address(value: Address | null) {
    if (this.#rarities === null) {
      if (value === null) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.address = value;
  }

  get addresses(): readonly (Address | null)[] | null {
    return this.#rarities === null ? null : this.#rarities.addresses;
  }

  set addresses(value: readonly (Address | null)[] | null) {
    if (this.#rarities === null) {
      if (value === null) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.addresses = value;
  }

  get accepted(): HandleId {
    return this.#rarities === null ? -1 : this.#rarities.accepted;
  }

  set accepted(value: HandleId) {
    if (this.#rarities === null) {
      if (value === -1) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.accepted = value;
  }

  get arrived(): readonly HandleId[] | null {
    return this.#rarities === null ? null : this.#rarities.arrived;
  }

  set arrived(value: readonly HandleId[] | null) {
    if (this.#rarities === null) {
      if (value === null) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.arrived = value;
  }

  get loan(): Loan | null {
    return this.#rarities === null ? null : this.#rarities.loan;
  }

  set loan(value: Loan | null) {
    if (this.#rarities === null) {
      if (value === null) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.loan = value;
  }

  get transferred(): number {
    return this.#rarities === null ? 0 : this.#rarities.transferred;
  }

  set transferred(value: number) {
    if (this.#rarities === null) {
      if (value === 0) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.transferred = value;
  }

  get truncated(): boolean {
    return this.#rarities === null ? false : this.#rarities.truncated;
  }

  set truncated(value: boolean) {
    if (this.#rarities === null) {
      if (value === false) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.truncated = value;
  }

  get signal(): SignalInfo | null {
    return this.#rarities === null ? null : this.#rarities.signal;
  }

  set signal(value: SignalInfo | null) {
    if (this.#rarities === null) {
      if (value === null) return;
      this.#rarities = Rarities.take();
    }
    this.#rarities.signal = value;
  }

  /** Whether its promise has still to be settled. */
  protected get waits(): boolean {
    return this.#resolve !== null;
  }

  /** Starts it, and gives the promise that it settles. */
  start<Value>(
    notifier: Notifier,
    shape: Shape<Value>,
    signal: AbortSignal | null,
  ): Promise<Value> {
    if (signal?.aborted === true) return Promise.reject(errorOf(this, Code.PIKE_ABORTED, signal));
    const result = notifier.submit(this);
    if (result !== PENDING) {
      if (result < 0) return this.failed(-result, null) as Promise<Value>;
      const value = shape(this, result);
      this.leave();
      return value === undefined ? (done as Promise<Value>) : Promise.resolve(value);
    }
    const promise = new Promise(capture) as Promise<Value>;
    this.#resolve = captured_resolve;
    this.#shape = shape;
    if (signal !== null) {
      this.#rarities ??= Rarities.take();
      this.#rarities.watch = new AbortWatch(signal, notifier, this);
    }
    return promise;
  }

  /** Called by the notifier. */
  complete(result: number): void {
    const watch = this.#rarities === null ? null : this.#rarities.watch;
    watch?.end();
    const resolve = this.#resolve as Resolve;
    this.#resolve = null;
    if (result < 0) {
      // The function that rejects a promise is one more to keep while it waits.
      resolve(this.failed(-result, watch?.signal ?? null));
      return;
    }
    try {
      resolve((this.#shape as Shape<unknown>)(this, result));
    } catch (error) {
      resolve(Promise.reject(error));
    }
  }

  /** What it ends with when it failed, at once or later. */
  protected failed(code: number, signal: AbortSignal | null): Promise<unknown> {
    return Promise.reject(errorOf(this, code, signal));
  }

  /** Nobody else has seen a request that was answered at once: it can serve again. */
  protected leave(): void {
    this.buffer = null;
    this.size = 0;
    this.flags = 0;
    this.timeoutMs = -1;
    this.chunk = null;
    if (this.#rarities !== null) {
      this.#rarities.leave();
      this.#rarities = null;
    }
    spare = this;
  }
}

function errorOf(request: HandleRequest, code: number, signal: AbortSignal | null): PikeError {
  const { operation, transferred } = request;
  const error = systemError(code, {
    syscall: request.syscall,
    address: request.address,
    transferred: transferred > 0 || operation === Operation.sendMany ? transferred : undefined,
  });
  if (code === Code.PIKE_ABORTED && signal !== null) error.cause = signal.reason;
  return error;
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
