/**
 * The binary's functions, as native/src/binding.cc defines them. Results below zero are negated
 * codes.
 */

/** How an open notifier hears from the runtime's loop; see `NativeNotifier`. */
export type Attachment = "loop" | "thread" | "none";

/** What the binary exports. */
export interface Binary {
  layout(): string;
  nameSignal(number: number): string;
  /** Signals are caught by handlers from now on, and no thread blocks any. */
  leaveSignalsUnblocked(): void;
  /**
   * Handlers of others may have come or gone: listeners are there for these (bit 0 is signal 1).
   */
  lookAtDispositions(listened: number): void;
  open(options: OpenOptions): NativeFunctions;
}

/** How to hear from the runtime's loop: "" is the best there is, "none" is to be driven by hand. */
export type Attach = "" | "none" | "loop" | "thread";

/** Memory and settings of a new notifier. The memory is shared for its whole life. */
export interface OpenOptions {
  readonly slab: Uint8Array;
  readonly rows: Float64Array;
  readonly detail: Float64Array;
  readonly counters: Float64Array;
  readonly posts: Float64Array;
  readonly gates: Uint32Array;
  readonly buffers: unknown[];
  readonly spares: Uint8Array[];
  readonly deliver: (rows: number) => void;
  /** Called to have `lap` called once the runtime's loop has come round. */
  readonly later: () => void;
  readonly backend: string;
  /** Of io_uring, what to do without: "-recv_multishot,-send_zc". */
  readonly features: string;
  readonly attach: Attach;
  readonly gatherMicros: number;
  readonly limits: { readonly handles: number; readonly queue: number; readonly immediate: number };
  /** 1 or 0. */
  readonly offload: number;
}

/** The functions of one notifier. */
export interface NativeFunctions {
  /** 0, or why it could not be opened. */
  readonly code: number;
  readonly reason: string;
  readonly backend: string;
  /** What the backend uses of its kernel interface, joined by spaces. */
  readonly features: string;
  /** "loop", "thread" or "none". */
  readonly attachment: Attachment;
  /** Operands and results stand in the detail array. */
  submit(buffer?: unknown): void;
  cancel(id: number): void;
  /** Takes what was posted; waits up to `withinMs` for answered writes that are not sent yet. */
  takePosts(withinMs?: number): void;
  turn(timeoutMs: number): number;
  /** A turn as `later` asked for; its rows are the caller's to deliver. */
  lap(): number;
  /** What a detach of this number found received and not read, when it is more than a chunk. */
  unread(id: number): Uint8Array;
  openSocket(family: number, type: number): number;
  adopt(fd: number): number;
  openSignal(...names: string[]): number;
  openEvent(mode: number): number;
  bind(handle: number, mode: number, replace: number): number;
  listen(handle: number, backlog: number, allowUid: number): number;
  shutdown(handle: number, how: number): number;
  localAddress(handle: number): number;
  peerAddress(handle: number): number;
  getOption(handle: number, option: number): number;
  setOption(handle: number, option: number, value: number): number;
  setMembership(handle: number, join: number, index: number, hasSource: number): number;
  getRawOption(handle: number, level: number, name: number, size: number): number;
  setRawOption(handle: number, level: number, name: number, size: number): number;
  fd(handle: number): number;
  setRef(handle: number, keepsAlive: number): number;
  handleCounters(handle: number): number;
  poster(handle: number): number;
  post(slot: number, generation: number, count: number): number;
  setLoopRef(ref: number): number;
  slotId(slot: number): number;
  shut(): number;
}
