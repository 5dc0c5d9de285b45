/**
 * The path of a byte: requests on their way to native code, and completions on their way back.
 *
 * Pending requests and the memory they use stay here, by a small number that native code knows them
 * by; a batch of completions comes as rows in shared memory, with one call.
 */
import { setImmediate } from "node:timers";
import {
  type Address,
  Batch,
  Code,
  Operation,
  PENDING,
  PikeError,
  type Request,
  systemError,
} from "@pike-io/notifier";
import type { Binary, NativeFunctions } from "./binding.js";
import { remember } from "./exit.js";
import {
  CHUNK_BYTES_MAX,
  COUNTER_NUMBERS,
  COUNTER_SPARES_WANTED,
  DETAIL_NUMBERS,
  DETAIL_POSTING,
  ROW_NUMBERS,
  ROWS_MAX,
  SLAB_ADDRESS_IN,
  SLAB_BYTES,
  SLAB_IMMEDIATE,
  whole,
} from "./layout.js";
import { lentFlags } from "./lent.js";
import { Lists } from "./lists.js";
import { Loans } from "./loans.js";
import { isChunkSize, Posts } from "./posts.js";
import type { NativeSettings } from "./settings.js";
import { readSignal } from "./signals.js";
import { readIds, Wire } from "./wire.js";

/**
 * Writes up to so many bytes are copied into the slab for their first try. V8 keeps typed arrays of
 * up to 64 bytes inside its heap, and asking for their address makes it allocate memory outside:
 * dearer than the copy.
 */
const COPIED_BYTES_MAX = 256;
/** What no result is: the request was not posted. */
const NOT_POSTED = -0x4000_0000;
/** What native code refuses as the size of a chunk: a read or write without memory. */
const NO_SIZE = -1;

/** Operands and answers of one call; see native/src/layout.h. */
type Detail = Float64Array & Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7, number>;

/** A notifier's requests. The memory is shared with native code for the notifier's whole life. */
export class NativeRequests {
  readonly attached: boolean;
  protected readonly native: NativeFunctions;
  protected readonly slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  protected readonly detail: Detail = new Float64Array(DETAIL_NUMBERS) as Detail;
  protected readonly totals: Float64Array = new Float64Array(COUNTER_NUMBERS);
  protected readonly wire: Wire = new Wire(this.slab);
  protected readonly batch: Batch;
  protected readonly requests: (Request | null)[] = [];
  protected delivering = false;
  protected closing: Promise<void> | null = null;
  protected readonly posts: Posts;
  protected readonly binary: Binary;
  /** The slab as handle ids. */
  readonly #ids = new Float64Array(this.slab.buffer);
  readonly #rows = new Float64Array(ROWS_MAX * ROW_NUMBERS);
  readonly #buffers: (Request["buffer"] | null)[] = [];
  readonly #free: number[] = [];
  readonly #loans = new Loans();
  readonly #lists = new Lists(this.detail, this.wire);
  readonly #lap = (): void => {
    const rows = this.native.lap();
    if (rows > 0) this.deliver(rows);
  };

  constructor(binary: Binary, settings: NativeSettings) {
    this.binary = binary;
    this.attached = settings.attach !== "none";
    this.batch = new Batch(settings.dispatch);
    this.posts = new Posts(this.slab, this.detail, settings.limits);
    this.native = binary.open({
      slab: this.slab,
      rows: this.#rows,
      detail: this.detail,
      counters: this.totals,
      posts: this.posts.numbers,
      gates: this.posts.gates,
      buffers: this.#buffers,
      spares: this.#loans.spares,
      deliver: (rows) => this.deliver(rows),
      later: () => setImmediate(this.#lap),
      backend: settings.backend,
      features: settings.features,
      attach: settings.attach,
      gatherMicros: settings.gatherMicros,
      limits: settings.limits,
      offload: settings.offload ? 1 : 0,
    });
    const { code } = this.native;
    if (code === Code.PIKE_UNSUPPORTED) throw new PikeError("PIKE_UNSUPPORTED", this.native.reason);
    if (code !== 0) throw systemError(code, { syscall: "openNotifier" });
    if (this.native.attachment === "loop") remember(this.native);
  }

  submit(request: Request): number {
    if (this.closing !== null) return -Code.PIKE_CLOSED;
    return this.start(request);
  }

  cancel(request: Request): void {
    const id = request.token;
    if (id >= 0 && this.requests[id] === request) this.native.cancel(id);
  }

  protected start(request: Request): number {
    if (request.token !== -1) return -Code.PIKE_STATE;
    if (request.operation === Operation.sendMany) return this.#startList(request);
    const { operation, handle, buffer, timeoutMs } = request;
    if (this.detail[DETAIL_POSTING] !== 0) {
      const result = this.#post(request, buffer);
      if (result !== NOT_POSTED) return result;
    }
    let size = 0;
    if (operation === Operation.write || operation === Operation.sendTo) {
      size = buffer === null ? NO_SIZE : this.#copy(buffer);
    } else if (buffer === null) {
      size = request.size || NO_SIZE;
      if (operation === Operation.recvMany && !this.#loans.provide()) return -Code.ENOMEM;
    }
    if (operation === Operation.connect || operation === Operation.sendTo) {
      if (!this.wire.write(request.address, SLAB_ADDRESS_IN)) return -Code.EINVAL;
    }
    const detail = this.detail;
    detail[0] = operation | (lentFlags(request, buffer) << 8);
    detail[2] = handle;
    detail[3] = size;
    detail[4] = timeoutMs;
    // A small write stands in the slab already, and a chunk has no memory of the caller's.
    return this.#hand(request, buffer, buffer !== null && size <= 0);
  }

  /** A request for many datagrams: pieces of one array, or a list. */
  #startList(request: Request): number {
    const memory = this.#lists.prepare(request);
    if (memory === null) return -Code.EINVAL;
    const result = this.#hand(request, memory, true);
    if (result === PENDING) this.#lists.keep();
    return result;
  }

  /** Hands a request over whose operands stand in the detail array, with the caller's memory. */
  #hand(request: Request, buffer: Request["buffer"], along: boolean): number {
    const detail = this.detail;
    // Last, since what is no number may have thrown.
    const id = this.#free.pop() ?? this.requests.push(null) - 1;
    detail[1] = id;
    if (along) this.native.submit(buffer);
    else this.native.submit();
    const result = detail[2];
    if (result === PENDING) {
      this.requests[id] = request;
      this.#buffers[id] = buffer;
      request.token = id;
      return PENDING;
    }
    this.#free.push(id);
    this.#fill(request, id, result, detail[0], detail[1]);
    return result;
  }

  /** Leaves a read or a small write for native code to take after this batch. */
  #post(request: Request, buffer: Request["buffer"]): number {
    const { operation, handle, flags, timeoutMs } = request;
    if (operation === Operation.write) {
      if (!(buffer instanceof Uint8Array)) return NOT_POSTED;
      const what = operation | (flags << 8);
      return this.posts.write(what, handle, buffer, timeoutMs) ? buffer.byteLength : NOT_POSTED;
    }
    let size = 0;
    if (operation === Operation.read) {
      if (buffer === null) size = request.size;
      if (buffer === null && !isChunkSize(size)) return NOT_POSTED;
    } else if (operation !== Operation.event) {
      return NOT_POSTED;
    }
    const id = this.#free.pop() ?? this.requests.push(null) - 1;
    if (!this.posts.read(operation | (flags << 8), id, handle, size, timeoutMs)) {
      this.#free.push(id);
      return NOT_POSTED;
    }
    this.requests[id] = request;
    this.#buffers[id] = buffer;
    request.token = id;
    return PENDING;
  }

  /** Copies a small buffer to where native code takes it from; 0 when it is not small. */
  #copy(buffer: Uint8Array | readonly Uint8Array[]): number {
    if (!(buffer instanceof Uint8Array)) return 0;
    const size = buffer.byteLength;
    // A detached one has nothing.
    if (size === 0 || size > COPIED_BYTES_MAX) return 0;
    this.slab.set(buffer, SLAB_IMMEDIATE);
    return size;
  }

  /** Sets what a finished request carries besides its result. */
  #fill(request: Request, id: number, result: number, extra: number, offset: number): void {
    if (result < 0) {
      request.transferred = extra;
      return;
    }
    switch (request.operation) {
      case Operation.read:
        request.truncated = extra === 1;
        if (request.buffer === null) {
          request.chunk = result === 0 ? null : this.slab.slice(offset, offset + result);
        }
        break;
      case Operation.recvFrom:
        request.truncated = extra === 1;
        request.address = this.wire.read(offset);
        break;
      case Operation.accept:
        request.accepted = whole(extra);
        request.address = this.wire.read(offset);
        break;
      case Operation.detach:
        if (extra === 0) request.chunk = null;
        else if (extra > CHUNK_BYTES_MAX) request.chunk = this.native.unread(id);
        else request.chunk = this.slab.slice(offset, offset + extra);
        break;
      case Operation.recvMany:
        request.loan = this.#loans.lend(extra);
        break;
      case Operation.acceptMany:
        request.arrived = readIds(this.#ids, offset, result);
        break;
      case Operation.signal:
        request.signal = readSignal(this.binary, this.slab, offset);
        break;
    }
  }

  /** Takes a batch: the one call of native code per wake-up. */
  protected deliver(count: number): void {
    this.delivering = true;
    this.posts.begin();
    for (let i = 0; i < count; i++) {
      try {
        this.#take(i * ROW_NUMBERS);
      } catch (error) {
        // A request that cannot be filled in (a frozen one) fails alone.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (this.totals[COUNTER_SPARES_WANTED] !== 0) {
      this.totals[COUNTER_SPARES_WANTED] = 0;
      this.#loans.grow();
    }
    this.batch.flush();
    this.delivering = false;
  }

  /** Takes one completion, of the row at `at`. */
  #take(at: number): void {
    const rows = this.#rows;
    const id = (rows[at] as number) | 0;
    let result = rows[at + 1] as number;
    const request = this.requests[id] as Request;
    this.requests[id] = null;
    this.#buffers[id] = null;
    this.#free.push(id);
    request.token = -1;
    this.#fill(request, id, result, rows[at + 2] as number, rows[at + 3] as number);
    if (request.operation === Operation.write) this.posts.completed(request.handle);
    if (this.closing !== null && result === -Code.PIKE_ABORTED) result = -Code.PIKE_CLOSED;
    this.batch.add(request, result);
  }

  protected open(syscall: string): NativeFunctions {
    if (this.closing !== null) {
      throw new PikeError("PIKE_CLOSED", `${syscall}: the notifier was closed`, { syscall });
    }
    if (this.posts.waiting) this.native.takePosts();
    return this.native;
  }

  protected checked(result: number, syscall: string, address?: Address): number {
    if (result < 0) throw systemError(-result, { syscall, address });
    return result;
  }
}
