/**
 * The notifier interface: what an implementation provides and a layer may use.
 *
 * Functions that answer at once are plain calls that throw `PikeError`; everything that can wait is
 * a `Request`. No function takes or returns a number or a layout of the operating system, except
 * where it is the point (`fd`, the raw options).
 */
import type { Address, Family } from "./address.js";
import type { Contract, contract } from "./contract.js";
import type { HandleCounters, NotifierCounters } from "./counters.js";
import type { OptionName, SocketOptions } from "./option.js";
import type { Request } from "./request.js";

/**
 * A registered descriptor: slot and generation in one safe integer. A stale one is refused, never
 * another handle's.
 */
export type HandleId = number;

/** "stream" is TCP or a Unix stream, "datagram" UDP. */
export type SocketType = "stream" | "datagram";

/** What to open: `Socket.open(family, type)`. */
export interface SocketKind {
  readonly family: Family;
  readonly type: SocketType;
}

/** Which way of a full-duplex descriptor. */
export type Direction = "read" | "write" | "both";

/** How posts add up: one wake-up for all, the count of all, or one wake-up each. */
export type EventMode = "coalescing" | "counting" | "semaphore";

/**
 * Names an event for other threads. Plain data: it can be cloned, kept, and used after the event is
 * closed (PIKE_CLOSED).
 */
export interface Poster {
  readonly slot: number;
  readonly generation: number;
}

/** How to bind a Unix path. Ignored for other addresses. */
export interface BindOptions {
  /** Permission bits of the socket file, set before it can be seen. Default 0o600. */
  readonly mode?: number;
  /** Remove a socket file that is ours and that nobody listens on any more. Default true. */
  readonly replace?: boolean;
}

/** How to listen. */
export interface ListenOptions {
  /**
   * On an abstract Unix name: peers of any other user are closed before they are delivered.
   * Default: our own. null: everyone.
   */
  readonly allowUid?: number | null;
}

/** An implementation of the contract. */
export interface Notifier {
  /** Who it is, which version it speaks, and what it can do. */
  readonly [contract]: Contract;
  /** "epoll", "memory", … */
  readonly backend: string;
  /** Why this backend was chosen. */
  readonly reason: string;
  /** Whether the runtime's own loop drives it; otherwise `poll` does. */
  readonly attached: boolean;
  /** Running totals, since it was opened. */
  readonly counters: NotifierCounters;

  /** Opens a non-blocking, close-on-exec socket. EMFILE, ENFILE, EAFNOSUPPORT, PIKE_LIMIT. */
  openSocket(kind: SocketKind): HandleId;
  /** Takes a descriptor in. PIKE_UNSUPPORTED, PIKE_IN_USE, EBADF leave it untouched. */
  adopt(fd: number): HandleId;
  /** Opens a wait for signals by name. EINVAL for those that cannot be waited for. */
  openSignal(names: readonly string[]): HandleId;
  /** Opens an event. */
  openEvent(mode: EventMode): HandleId;

  /**
   * Starts a request. Returns its result at once (≥ 0, or a negated `Code`), or PENDING: then
   * `complete` is called exactly once, later. Order is kept within each direction of a handle.
   */
  submit(request: Request): number;
  /**
   * Asks that a pending request end soon. It still completes once, with what it did or
   * `Code.PIKE_ABORTED`.
   */
  cancel(request: Request): void;

  /**
   * Memory that cannot be detached, 1 byte to 1 GiB, for buffers that are written from again and
   * again: each takes 64 KiB at least, and the garbage collector frees it. On every backend it is
   * read and written like any other. Where the kernel can do so (io_uring, Linux 6.0), a stream's
   * write of 16 KiB or more from it goes out without a copy, and completes when the kernel reads
   * the memory no longer: that may be as late as the peer has acknowledged it. Changing it before
   * then changes what is sent. Only a close does not wait so long: what went out before it must
   * not be changed if the peer is to have it as it was; freed it may be. Where it cannot be lent
   * (Unix sockets, beyond RLIMIT_MEMLOCK) it is copied; over loopback the kernel copies by itself.
   * ENOMEM; PIKE_TYPE, PIKE_RANGE. See io_uring_enter(2), IORING_OP_SEND_ZC. Since 1.2.
   */
  allocate(bytes: number): Uint8Array;

  bind(handle: HandleId, address: Address, options?: BindOptions): void;
  /** Starts listening; `backlog` 0 to 65,535, cut to the system's limit. */
  listen(handle: HandleId, backlog: number, options?: ListenOptions): void;
  shutdown(handle: HandleId, direction: Direction): void;
  localAddress(handle: HandleId): Address;
  peerAddress(handle: HandleId): Address;
  getOption<Name extends OptionName>(handle: HandleId, name: Name): SocketOptions[Name];
  setOption<Name extends OptionName>(
    handle: HandleId,
    name: Name,
    value: SocketOptions[Name],
  ): void;
  /** getsockopt(2) with the system's own numbers; `size` 0 to 4,096 bytes. */
  getRawOption(handle: HandleId, level: number, name: number, size: number): Uint8Array;
  /**
   * setsockopt(2) with the system's own numbers. Options that carry pointers are refused by name.
   */
  setRawOption(handle: HandleId, level: number, name: number, value: Uint8Array): void;

  /** The descriptor's number, −1 where there is none. */
  fd(handle: HandleId): number;
  /** Whether requests on this handle keep the runtime's loop alive. Default true. */
  setRef(handle: HandleId, keepsAlive: boolean): void;
  /** Counters and queue depths of one handle. */
  handleCounters(handle: HandleId): HandleCounters;

  /** What another thread needs to post to this event. */
  poster(handle: HandleId): Poster;
  /**
   * Posts, from any thread's notifier. `count` 1 to 2^32 − 1. PIKE_CLOSED when the event is gone.
   */
  post(poster: Poster, count: number): void;

  /**
   * Waits and delivers, by hand only: −1 for ever, 0 not at all; part milliseconds round up.
   * Returns the count of completions.
   */
  poll(timeoutMs: number): number;
  /** Lets pending requests keep the runtime's loop alive (the default). */
  ref(): void;
  /** Lets the runtime's loop end in spite of pending requests. */
  unref(): void;
  /** Closes every handle, delivers every completion, and lets go of the system's resources. */
  close(): Promise<void>;
  /** Whether `close` was called. */
  readonly closed: boolean;
}
