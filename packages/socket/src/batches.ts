/**
 * Many datagrams at once: batches received, lists sent. S9, S10.
 *
 * A batch is one call into the notifier and, on a notifier of the system, one system call or a few;
 * where the system can merge datagrams or cut them it is let to.
 */
import {
  type CancelOptions,
  checkBuffer,
  checkInteger,
  describe,
  HandleRequest,
  type Shape,
} from "@pike-io/handle";
import { type Address, Code, Operation, PikeError } from "@pike-io/notifier";
import { Batch } from "./batch.js";
import { ConfiguredSocket } from "./configured.js";

/** How to receive batches. `signal` and `timeoutMs` count for each step of the iteration. */
export interface BatchOptions extends CancelOptions {
  /** The most bytes of a datagram that are wanted, 1 to 65,536 (the default: whole datagrams). */
  readonly size?: number | undefined;
}

/** Where a datagram goes: an address as `sendTo` takes it. */
type Destination = Address | { readonly address: string; readonly port: number };

/** One datagram to send; without an address it goes to the peer. */
export interface Datagram {
  readonly data: Uint8Array;
  readonly address?: Destination | undefined;
}

/**
 * Many datagrams in one array: each `size` bytes of it (1 to 65,535) is one, and so is what
 * remains.
 */
export interface Pieces extends Datagram {
  readonly size: number;
}

const SIZE_MAX = 65_536;
const PIECE_BYTES_MAX = 65_535;
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What a datagram socket does in batches; between its settings and `Socket`. */
export class BatchSocket extends ConfiguredSocket {
  /**
   * Receives whatever has come, again and again, until the socket is closed. Each batch is lent
   * until the iteration's next step. `break` or a throw ends the iteration and leaves the socket
   * open. An error of the socket (ECONNREFUSED of a connected one) rejects a step; the iteration
   * may go on. While it runs the system may merge datagrams (UDP GRO, Linux 5.0), unless the
   * notifier was opened without offload. PIKE_STATE, PIKE_UNSUPPORTED. recvmmsg(2)
   */
  batches(options: BatchOptions = {}): AsyncIterableIterator<Batch> {
    this.checkBatches("batches", "recvMany");
    const { size = SIZE_MAX } = options;
    checkInteger(size, "size", 1, SIZE_MAX);
    return new BatchIterator(this, size, options);
  }

  /** One batch by an iterator's request, shaped as it wants it. For the iterator. */
  nextBatch<Value>(
    request: HandleRequest,
    shape: Shape<Value>,
    options?: CancelOptions,
  ): Promise<Value> {
    try {
      return this.begin(this.renew(request), shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends datagrams in order, and resolves to their count when all are sent: a list, whose members
   * are arrays (to the peer) or `{ data, address }`, or one array cut in pieces, `{ data, size,
   * address }`, which is the fastest. Datagrams of one length to one address go down in one piece
   * where the system can cut them (UDP GSO, Linux 4.18). An error is that of the first that was not
   * sent (EMSGSIZE, ECONNREFUSED, ENETUNREACH, PIKE_BUFFER, PIKE_ABORTED, …); its `transferred` is
   * the count of those before it, which were. sendmmsg(2)
   */
  sendMany(
    datagrams: readonly (Uint8Array | Datagram)[] | Pieces,
    options?: CancelOptions,
  ): Promise<number> {
    try {
      this.checkBatches("sendMany", "sendMany");
      const request = this.request(Operation.sendMany);
      if (Array.isArray(datagrams)) this.fillList(request, datagrams);
      else this.fillPieces(request, datagrams as Pieces);
      return this.begin(request, countOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private fillPieces(request: HandleRequest, pieces: Pieces): void {
    if (typeof pieces !== "object" || pieces === null) {
      throw PikeError.type(
        `sendMany takes an array of datagrams, or { data, size }, not ${describe(pieces)}`,
      );
    }
    const { data, size, address } = pieces;
    checkBuffer(data, "data");
    checkInteger(size, "size", 1, PIECE_BYTES_MAX);
    if (address !== undefined) request.address = this.checkedAddress(address);
    request.buffer = data;
    request.size = size;
  }

  private fillList(request: HandleRequest, datagrams: readonly (Uint8Array | Datagram)[]): void {
    const count = datagrams.length;
    const buffers: Uint8Array[] = [];
    let addresses: (Address | null)[] | null = null;
    // Most lists are for few receivers: an address given again is not checked again.
    let given: unknown;
    let checked: Address | null = null;
    for (let i = 0; i < count; i++) {
      const one = datagrams[i];
      const bare = ArrayBuffer.isView(one);
      const data: unknown = bare ? one : (one as Datagram | undefined)?.data;
      const address = bare ? undefined : (one as Datagram | undefined)?.address;
      if (!(data instanceof Uint8Array)) {
        checkBuffer(data, bare ? `datagrams[${i}]` : `datagrams[${i}].data`);
      }
      buffers.push(data);
      if (address !== given) {
        given = address;
        checked = address === undefined ? null : this.checkedAddress(address);
      }
      if (checked !== null) addresses ??= new Array<null>(i).fill(null);
      addresses?.push(checked);
    }
    request.buffer = buffers;
    request.addresses = addresses;
  }

  private checkBatches(call: string, operation: "recvMany" | "sendMany"): void {
    if (this.kind.type !== "datagram") {
      throw new PikeError("PIKE_STATE", `${call}: only a datagram socket has datagrams`);
    }
    this.checkOperation(call, operation);
  }
}

const countOf: Shape<number> = (_request, count) => count;

/** One step of an iteration: that the socket is closed is its end, and no error. */
class Step extends HandleRequest {
  constructor(size: number) {
    super(Operation.recvMany, -1, "recvmmsg");
    this.size = size;
  }

  protected override failed(code: number, signal: AbortSignal | null): Promise<unknown> {
    return code === Code.PIKE_CLOSED ? Promise.resolve(END) : super.failed(code, signal);
  }

  /** It serves nobody else. */
  protected override leave(): void {}
}

/** Batches until the socket is closed. It is the request that it waits with. */
class BatchIterator extends Step implements AsyncIterableIterator<Batch> {
  readonly #socket: BatchSocket;
  readonly #options: BatchOptions | undefined;
  readonly #shape: Shape<IteratorResult<Batch, undefined>>;
  #lent: Batch[] = [];
  #ended = false;

  constructor(socket: BatchSocket, size: number, options: BatchOptions) {
    super(size);
    this.#socket = socket;
    const { signal, timeoutMs } = options;
    this.#options = signal === undefined && timeoutMs === undefined ? undefined : options;
    this.#shape = (request) => this.#lend(request);
  }

  next(): Promise<IteratorResult<Batch, undefined>> {
    this.#takeBack();
    if (this.#ended || this.#socket.state !== "open") return Promise.resolve(END);
    // Whoever asks again before the last answer is served by another request.
    const request = this.waits ? new Step(this.size) : this;
    return this.#socket.nextBatch(request, this.#shape, this.#options);
  }

  return(): Promise<IteratorResult<Batch, undefined>> {
    this.#takeBack();
    this.#ended = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #lend(request: HandleRequest): IteratorResult<Batch, undefined> {
    const { loan } = request;
    request.loan = null;
    if (loan === null) throw new PikeError("EUNKNOWN", "recvMany: the notifier lent nothing");
    const batch = new Batch(loan, this.size);
    this.#lent.push(batch);
    return { done: false, value: batch };
  }

  /** What was given out so far is over. More than one, if several steps were asked for at once. */
  #takeBack(): void {
    for (let batch = this.#lent.pop(); batch !== undefined; batch = this.#lent.pop()) batch.end();
  }
}
