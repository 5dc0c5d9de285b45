/**
 * NativeNotifier: the contract over the binary.
 *
 * Pending requests and the memory they use stay here, by a small number that native code knows them
 * by; a batch of completions comes as rows in shared memory, with one call.
 */
import {
  type Address,
  Batch,
  type BindOptions,
  Code,
  type Contract,
  contract,
  type Direction,
  type Dispatch,
  type EventMode,
  type HandleCounters,
  type HandleId,
  type Limits,
  type ListenOptions,
  type Notifier,
  type NotifierCounters,
  Operation,
  type OptionName,
  PENDING,
  PikeError,
  type Poster,
  type Request,
  type SocketKind,
  type SocketOptions,
  systemError,
} from "@pike-io/notifier";
import type { Binary, NativeFunctions } from "./binding.js";
import { nativeContract } from "./contract.js";
import {
  COUNTER_NUMBERS,
  DETAIL_NUMBERS,
  ROW_NUMBERS,
  ROWS_MAX,
  SLAB_ADDRESS_IN,
  SLAB_ADDRESS_OUT,
  SLAB_BYTES,
  SLAB_IMMEDIATE,
} from "./layout.js";
import { readOption, writeOption } from "./options.js";
import { readSignal } from "./signals.js";
import { Wire } from "./wire.js";

/** Longest wait inside native code: worker.terminate() and exit take effect between two of them. */
const SLICE_MS = 100;
const MODE_DEFAULT = 0o600;
/**
 * Writes up to so many bytes are copied into the slab for their first try. V8 keeps typed arrays of
 * up to 64 bytes inside its heap, and asking for their address makes it allocate memory outside:
 * dearer than the copy.
 */
const COPIED_BYTES_MAX = 256;
const RAW_OPTION_BYTES_MAX = 4_096;
/** In place of a user's id. */
const EVERYONE = -1;
const BIND = { syscall: "bind" } as const;
const LISTEN = { syscall: "listen" } as const;
/** What native code refuses as the size of a chunk: a read or write without memory. */
const NO_SIZE = -1;

/** Operands and answers of one call; see native/src/layout.h. */
type Detail = Float64Array & Record<0 | 1 | 2 | 3 | 4 | 5 | 6 | 7, number>;

/** What `openNotifier` has checked. */
export interface NativeSettings {
  readonly backend: string;
  readonly attached: boolean;
  readonly dispatch: Dispatch | null;
  readonly limits: Limits;
}

/** Opens a notifier with a loaded binary. PIKE_UNSUPPORTED, EMFILE. */
export function openNative(binary: Binary, settings: NativeSettings): Notifier {
  return new NativeNotifier(binary, settings);
}

/** The operating system's notifier. */
class NativeNotifier implements Notifier {
  readonly [contract]: Contract = nativeContract;
  readonly attached: boolean;
  readonly #native: NativeFunctions;
  readonly #binary: Binary;
  readonly #slab = new Uint8Array(SLAB_BYTES);
  readonly #rows = new Float64Array(ROWS_MAX * ROW_NUMBERS);
  readonly #detail = new Float64Array(DETAIL_NUMBERS) as Detail;
  readonly #counters = new Float64Array(COUNTER_NUMBERS);
  readonly #wire = new Wire(this.#slab);
  readonly #batch: Batch;
  readonly #requests: (Request | null)[] = [];
  readonly #buffers: (Request["buffer"] | null)[] = [];
  readonly #free: number[] = [];
  #delivering = false;
  #closing: Promise<void> | null = null;
  #dropped = 0;

  constructor(binary: Binary, settings: NativeSettings) {
    this.#binary = binary;
    this.attached = settings.attached;
    this.#batch = new Batch(settings.dispatch);
    this.#native = binary.open({
      slab: this.#slab,
      rows: this.#rows,
      detail: this.#detail,
      counters: this.#counters,
      buffers: this.#buffers,
      deliver: (rows) => this.#deliver(rows),
      backend: settings.backend,
      attached: settings.attached,
      limits: settings.limits,
    });
    const { code, reason } = this.#native;
    if (code === Code.PIKE_UNSUPPORTED) throw new PikeError("PIKE_UNSUPPORTED", reason);
    if (code !== 0) throw systemError(code, { syscall: "openNotifier" });
  }

  get backend(): string {
    return this.#native.backend;
  }

  get reason(): string {
    return this.#native.reason;
  }

  get closed(): boolean {
    return this.#closing !== null;
  }

  // --- Requests
  // -------------------------------------------------------------------------------------------

  submit(request: Request): number {
    if (this.#closing !== null) return -Code.PIKE_CLOSED;
    return this.#submit(request);
  }

  cancel(request: Request): void {
    const id = request.token;
    if (id >= 0 && this.#requests[id] === request) this.#native.cancel(id);
  }

  #submit(request: Request): number {
    if (request.token !== -1) return -Code.PIKE_STATE;
    const { operation, handle, buffer, flags, timeoutMs } = request;
    let size = 0;
    if (operation === Operation.write || operation === Operation.sendTo) {
      size = buffer === null ? NO_SIZE : this.#copy(buffer);
    } else if (buffer === null) {
      size = request.size || NO_SIZE;
    }
    if (operation === Operation.connect || operation === Operation.sendTo) {
      if (!this.#wire.write(request.address, SLAB_ADDRESS_IN)) return -Code.EINVAL;
    }
    const id = this.#free.pop() ?? this.#requests.push(null) - 1;
    const detail = this.#detail;
    detail[0] = operation | (flags << 8);
    detail[1] = id;
    detail[2] = handle;
    detail[3] = size;
    detail[4] = timeoutMs;
    // A small write stands in the slab already, and a chunk has no memory of the caller's.
    if (buffer === null || size > 0) this.#native.submit();
    else this.#native.submit(buffer);
    const result = detail[2];
    if (result === PENDING) {
      this.#requests[id] = request;
      this.#buffers[id] = buffer;
      request.token = id;
      return PENDING;
    }
    this.#free.push(id);
    this.#fill(request, result, detail[0], detail[1]);
    return result;
  }

  /** Copies a small buffer to where native code takes it from; 0 when it is not small. */
  #copy(buffer: Uint8Array | readonly Uint8Array[]): number {
    if (!(buffer instanceof Uint8Array)) return 0;
    const size = buffer.byteLength;
    // A detached one has nothing.
    if (size === 0 || size > COPIED_BYTES_MAX) return 0;
    this.#slab.set(buffer, SLAB_IMMEDIATE);
    return size;
  }

  /** Sets what a finished request carries besides its result. */
  #fill(request: Request, result: number, extra: number, offset: number): void {
    if (result < 0) {
      request.transferred = extra;
      return;
    }
    switch (request.operation) {
      case Operation.read:
        request.truncated = extra === 1;
        if (request.buffer === null) {
          request.chunk = result === 0 ? null : this.#slab.slice(offset, offset + result);
        }
        break;
      case Operation.recvFrom:
        request.truncated = extra === 1;
        request.address = this.#wire.read(offset);
        break;
      case Operation.accept:
        request.accepted = extra;
        request.address = this.#wire.read(offset);
        break;
      case Operation.signal:
        request.signal = readSignal(this.#slab, offset, (number) =>
          this.#binary.nameSignal(number),
        );
        break;
    }
  }

  /** Takes a batch: the one call of native code per wake-up. */
  #deliver(count: number): void {
    this.#delivering = true;
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
    this.#batch.flush();
    this.#delivering = false;
  }

  /** Takes one completion, of the row at `at`. */
  #take(at: number): void {
    const rows = this.#rows;
    const id = rows[at] as number;
    let result = rows[at + 1] as number;
    const request = this.#requests[id] as Request;
    this.#requests[id] = null;
    this.#buffers[id] = null;
    this.#free.push(id);
    request.token = -1;
    this.#fill(request, result, rows[at + 2] as number, rows[at + 3] as number);
    if (this.#closing !== null && result === -Code.PIKE_ABORTED) result = -Code.PIKE_CLOSED;
    this.#batch.add(request, result);
  }

  // --- Handles
  // --------------------------------------------------------------------------------------------

  openSocket(kind: SocketKind): HandleId {
    const family = kind.family === "ipv4" ? 0 : kind.family === "ipv6" ? 1 : 2;
    return this.#checked(
      this.#open("socket").openSocket(family, kind.type === "stream" ? 0 : 1),
      "socket",
    );
  }

  adopt(fd: number): HandleId {
    const id = this.#open("adopt").adopt(fd);
    if (id === -Code.PIKE_UNSUPPORTED) {
      throw new PikeError(
        "PIKE_UNSUPPORTED",
        `adopt: descriptor ${fd} cannot be waited for: regular files, directories and notifiers are refused`,
        { syscall: "adopt" },
      );
    }
    return this.#checked(id, "adopt");
  }

  openSignal(names: readonly string[]): HandleId {
    const id = this.#open("signal").openSignal(...names);
    if (id === -Code.EINVAL) {
      const name = names[this.#detail[0] as number];
      throw new PikeError("EINVAL", `signal: ${name} is unknown or cannot be waited for`, {
        syscall: "signal",
      });
    }
    return this.#checked(id, "signal");
  }

  openEvent(mode: EventMode): HandleId {
    const number = mode === "coalescing" ? 0 : mode === "counting" ? 1 : 2;
    return this.#checked(this.#open("event").openEvent(number), "event");
  }

  bind(handle: HandleId, address: Address, options: BindOptions = {}): void {
    const native = this.#open("bind");
    const { mode = MODE_DEFAULT, replace = true } = options;
    if (!this.#wire.write(address, SLAB_ADDRESS_IN)) throw systemError(Code.EINVAL, BIND);
    this.#checked(native.bind(handle, mode, replace ? 1 : 0), "bind", address);
  }

  listen(handle: HandleId, backlog: number, options: ListenOptions = {}): void {
    const native = this.#open("listen");
    // The one that a peer's kernel tells: the effective one, which may have changed meanwhile.
    const { allowUid = process.geteuid?.() ?? null } = options;
    // Nothing but null opens an abstract name to everyone.
    if (allowUid !== null && allowUid >>> 0 !== allowUid) throw systemError(Code.EINVAL, LISTEN);
    this.#checked(native.listen(handle, backlog, allowUid ?? EVERYONE), "listen");
  }

  shutdown(handle: HandleId, direction: Direction): void {
    const how = ["read", "write", "both"].indexOf(direction);
    this.#checked(this.#open("shutdown").shutdown(handle, how), "shutdown");
  }

  localAddress(handle: HandleId): Address {
    this.#checked(this.#open("getsockname").localAddress(handle), "getsockname");
    return this.#wire.read(SLAB_ADDRESS_OUT);
  }

  peerAddress(handle: HandleId): Address {
    this.#checked(this.#open("getpeername").peerAddress(handle), "getpeername");
    return this.#wire.read(SLAB_ADDRESS_OUT);
  }

  getOption<Name extends OptionName>(handle: HandleId, name: Name): SocketOptions[Name] {
    const native = this.#open("getsockopt");
    const [index, read] = readOption(name);
    this.#checked(native.getOption(handle, index), "getsockopt");
    return read(this.#detail[0] as number) as SocketOptions[Name];
  }

  setOption<Name extends OptionName>(
    handle: HandleId,
    name: Name,
    value: SocketOptions[Name],
  ): void {
    const native = this.#open("setsockopt");
    const setting = writeOption(name, value);
    if (setting.membership === null) {
      this.#checked(native.setOption(handle, setting.index, setting.number), "setsockopt");
      return;
    }
    const { join, group, index, source } = setting.membership;
    this.#wire.write(group, SLAB_ADDRESS_IN);
    if (source !== null) this.#wire.write(source, SLAB_ADDRESS_OUT);
    const result = native.setMembership(handle, join ? 1 : 0, index, source === null ? 0 : 1);
    this.#checked(result, "setsockopt", group);
  }

  getRawOption(handle: HandleId, level: number, name: number, size: number): Uint8Array {
    const native = this.#open("getsockopt");
    const found = this.#raw(native.getRawOption(handle, level, name, size), "getsockopt");
    return this.#slab.slice(SLAB_IMMEDIATE, SLAB_IMMEDIATE + found);
  }

  setRawOption(handle: HandleId, level: number, name: number, value: Uint8Array): void {
    const native = this.#open("setsockopt");
    const size = value.byteLength;
    // A detached array has nothing, and cannot be copied; native code refuses what is longer.
    if (size > 0 && size <= RAW_OPTION_BYTES_MAX) this.#slab.set(value, SLAB_IMMEDIATE);
    this.#raw(native.setRawOption(handle, level, name, value.byteLength), "setsockopt");
  }

  fd(handle: HandleId): number {
    return this.#checked(this.#open("fd").fd(handle), "fd");
  }

  setRef(handle: HandleId, keepsAlive: boolean): void {
    this.#checked(this.#open("ref").setRef(handle, keepsAlive ? 1 : 0), "ref");
  }

  handleCounters(handle: HandleId): HandleCounters {
    this.#checked(this.#open("counters").handleCounters(handle), "counters");
    const detail = this.#detail as unknown as readonly [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const [operations, systemCalls, wouldBlocks, completions, bytesRead, bytesWritten] = detail;
    return {
      operations,
      systemCalls,
      wouldBlocks,
      completions,
      bytesRead,
      bytesWritten,
      readQueue: detail[6],
      writeQueue: detail[7],
    };
  }

  poster(handle: HandleId): Poster {
    this.#checked(this.#open("poster").poster(handle), "poster");
    return { slot: this.#detail[0] as number, generation: this.#detail[1] as number };
  }

  post(poster: Poster, count: number): void {
    const native = this.#open("post");
    const { slot, generation } = poster;
    if (count >>> 0 !== count || count === 0) {
      throw PikeError.range(`count must be a whole number from 1 to ${0xffff_ffff}, not ${count}`);
    }
    // Native code keeps 32 bits of each: another number is another notifier's, never cut to ours.
    const isOurs = slot >>> 0 === slot && generation >>> 0 === generation;
    const result = isOurs ? native.post(slot, generation, count) : -Code.PIKE_CLOSED;
    if (result === -Code.PIKE_CLOSED) {
      throw new PikeError("PIKE_CLOSED", "post: the event was closed", { syscall: "post" });
    }
    this.#checked(result, "post");
  }

  // --- The loop
  // -------------------------------------------------------------------------------------------

  poll(timeoutMs: number): number {
    const native = this.#open("poll");
    if (typeof timeoutMs !== "number") throw PikeError.type("timeoutMs must be a number");
    if (!(timeoutMs === -1 || (timeoutMs >= 0 && timeoutMs <= 0x7fff_ffff))) {
      throw PikeError.range(`timeoutMs must be -1, or from 0 to ${0x7fff_ffff}, not ${timeoutMs}`);
    }
    if (this.attached) {
      throw new PikeError("PIKE_STATE", "poll: the runtime's own loop drives this notifier");
    }
    if (this.#delivering) {
      throw new PikeError("PIKE_STATE", "poll: not from within a dispatch");
    }
    const end = timeoutMs === -1 ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      const rest = Math.ceil(end - performance.now());
      const count = native.turn(Math.max(0, Math.min(SLICE_MS, rest)));
      if (count > 0) this.#deliver(count);
      if (count > 0 || performance.now() >= end) return count;
    }
  }

  ref(): void {
    this.#open("ref").setLoopRef(1);
  }

  unref(): void {
    this.#open("unref").setLoopRef(0);
  }

  get counters(): NotifierCounters {
    const at = (index: number): number => this.#counters[index] as number;
    return {
      operations: at(0),
      systemCalls: at(1),
      wouldBlocks: at(2),
      completions: at(3),
      crossings: at(4),
      batches: at(5),
      bytesRead: at(6),
      bytesWritten: at(7),
      stale: at(8),
      dropped: this.#dropped,
      handles: at(10),
      pending: at(11),
    };
  }

  close(): Promise<void> {
    // A turn of its own, so that no completion is delivered on the caller's stack.
    this.#closing ??= Promise.resolve().then(() => this.#shut());
    return this.#closing;
  }

  #shut(): void {
    for (let slot = 0; ; slot++) {
      const id = this.#native.slotId(slot);
      if (id < 0) break;
      if (id > 0) this.#submit(new CloseRequest(id));
    }
    for (let id = 0; id < this.#requests.length; id++) {
      if (this.#requests[id] !== null) this.#native.cancel(id);
    }
    while ((this.#counters[11] as number) > 0) this.#deliver(this.#native.turn(0));
    this.#native.shut();
    this.#dropped = this.#batch.close();
  }

  // --- Results
  // --------------------------------------------------------------------------------------------

  #open(syscall: string): NativeFunctions {
    if (this.#closing !== null) {
      throw new PikeError("PIKE_CLOSED", `${syscall}: the notifier was closed`, { syscall });
    }
    return this.#native;
  }

  #checked(result: number, syscall: string, address?: Address): number {
    if (result < 0) throw systemError(-result, { syscall, address });
    return result;
  }

  #raw(result: number, syscall: string): number {
    if (result === -Code.PIKE_UNSUPPORTED) {
      throw new PikeError(
        "PIKE_UNSUPPORTED",
        `${syscall}: the value of this option carries pointers, which cannot be checked`,
        { syscall },
      );
    }
    return this.#checked(result, syscall);
  }
}

/** The notifier's own close of a handle that somebody left open. */
class CloseRequest implements Request {
  readonly operation = Operation.close;
  readonly handle: HandleId;
  readonly buffer = null;
  readonly size = 0;
  readonly flags = 0;
  readonly timeoutMs = -1;
  address = null;
  chunk = null;
  accepted = -1;
  transferred = 0;
  truncated = false;
  signal = null;
  token = -1;

  constructor(handle: HandleId) {
    this.handle = handle;
  }

  complete(): void {}
}
