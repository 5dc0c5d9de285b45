/**
 * A request: one operation on one handle that completes exactly once.
 *
 * The layer above makes the object and fills in the operands; the notifier answers at once or keeps
 * the object until the operation has completed, and then calls `complete` in a batch of its own,
 * never on the submitter's stack. A request object may be submitted again once it has completed.
 */
import type { Address } from "./address.js";
import type { Loan } from "./loan.js";
import type { HandleId } from "./notifier.js";

/**
 * Operation codes. They are part of the wire between layer and notifier: a minor version of the
 * contract only adds to them.
 */
export const Operation = {
  /**
   * Receive into `buffer` (one, or several in order), or into a `chunk` of at most `size` bytes. 0
   * is the end of a stream.
   */
  read: 1,
  /**
   * Send from `buffer`; with `ALL` the request completes when every byte is sent, else after the
   * first.
   * A notifier may answer a small one on a connection before the system has it: it then goes out
   * within the same turn, ahead of anything else on the handle, and a failure is told by the next.
   */
  write: 2,
  /** Receive one datagram into `buffer`, with `address` and `truncated`. 0 is an empty datagram. */
  recvFrom: 3,
  /** Send `buffer` as one datagram to `address`. */
  sendTo: 4,
  /** Take one connection: `accepted` and `address`. */
  accept: 5,
  /** Connect to `address`. */
  connect: 6,
  /**
   * Wait until the descriptor is ready for what `flags` asks (READABLE, WRITABLE); the result says
   * for which.
   */
  wait: 7,
  /** Complete with 0 when `timeoutMs` have passed. Belongs to no handle. */
  timer: 8,
  /** Cancel everything, deliver every completion, then close the descriptor. */
  close: 9,
  /**
   * Stop watching the descriptor and hand it back as the result; `chunk` holds bytes received but
   * not read.
   */
  detach: 10,
  /** Wait for one signal: `signal`. */
  signal: 11,
  /** Wait for a post; the result is the count of posts taken. */
  event: 12,
  /**
   * Receive the datagrams that are there, as many as one loan holds, and at least one: `loan`, and
   * the count of its runs as the result. Of each datagram at most `size` bytes (1 to 65,536) are
   * wanted; of a longer one the rest may be gone, and its run says so. Since 1.1.
   */
  recvMany: 13,
  /**
   * Send datagrams in order: each array of `buffer`, or, of a single array, each `size` bytes (1 to
   * 65,535) of it and what remains. To `addresses`, one for each, or to `address`; where that is
   * null, to the peer.
   * The result is their count. An error is that of the first that did not go; `transferred` counts
   * those before it. Since 1.1.
   */
  sendMany: 14,
  /**
   * Take the connections that are there, up to `size` (1 to 64), and at least one: `arrived`, and
   * their count as the result. Since 1.1.
   */
  acceptMany: 15,
} as const;

/** The name of an operation, as a manifest lists it. */
export type OperationName = keyof typeof Operation;

/** An operation code. */
export type Operation = (typeof Operation)[OperationName];

/**
 * What `submit` returns when the request will complete later. No result or error has this value.
 */
export const PENDING = -0x8000_0000;

/**
 * Request flag for `write`: complete when all bytes are sent, keeping the place in the queue
 * meanwhile.
 */
export const ALL = 1;
/** Request flag and result bit for `wait`: a read would not block. */
export const READABLE = 2;
/** Request flag and result bit for `wait`: a write would not block. */
export const WRITABLE = 4;

/** One delivered signal. See sigaction(2), siginfo_t. */
export interface SignalInfo {
  /** "SIGINT", "SIGRTMIN+3", … */
  readonly name: string;
  /** The number on this system. */
  readonly number: number;
  /** The sender's process, or 0 when the kernel sent it; null where the system does not tell. */
  readonly pid: number | null;
  /** The sender's real user id; null where the system does not tell. */
  readonly uid: number | null;
  /**
   * si_code: SI_USER (0), SI_QUEUE (−1), SI_KERNEL (128), …; null where the system does not tell.
   */
  readonly code: number | null;
  /** The integer sent along by sigqueue(3), else 0; null where the system does not tell. */
  readonly value: number | null;
}

/**
 * What a layer submits. Results are set before `complete` is called, and before `submit` returns a
 * final result.
 */
export interface Request {
  readonly operation: Operation;
  /** The handle it works on; −1 for `timer`. */
  readonly handle: HandleId;
  /**
   * The caller's memory: one array, several in order (at most 1,024 go into one system call), or
   * null for a chunk. It stays the caller's: the notifier looks at it again at every attempt, and
   * an array that was detached or made too small meanwhile completes the request with
   * `Code.PIKE_BUFFER`.
   */
  readonly buffer: Uint8Array | readonly Uint8Array[] | null;
  /** For a chunk: the most bytes to take, 1 to 65,536. */
  readonly size: number;
  /** ALL, READABLE, WRITABLE. */
  readonly flags: number;
  /**
   * Milliseconds until the request gives up with `Code.PIKE_TIMEOUT`; −1 for never. At most
   * 2^31 − 1.
   */
  readonly timeoutMs: number;
  /** In: where to (`connect`, `sendTo`, `sendMany`). Out: where from (`recvFrom`, `accept`). */
  address: Address | null;
  /** Of `sendMany`: where each datagram of a list goes; then `address` counts for nothing. */
  readonly addresses?: readonly (Address | null)[] | null;
  /** Out, of a chunk read: the bytes, now the reader's own; null at the end of the stream. */
  chunk: Uint8Array | null;
  /** Out, of `accept`: the new handle. */
  accepted: HandleId;
  /** Out, of `acceptMany`: the new handles, in the order in which they came. */
  arrived?: readonly HandleId[] | null;
  /** Out, of `recvMany`: what was received. Whoever completes gives it back. */
  loan?: Loan | null;
  /**
   * Out: bytes moved before a write failed, was cancelled or timed out; of `sendMany` datagrams.
   */
  transferred: number;
  /** Out, of a datagram: the datagram was longer than the buffer, and the rest of it is gone. */
  truncated: boolean;
  /** Out, of `signal`. */
  signal: SignalInfo | null;
  /** The notifier's own mark while the request is pending; −1 otherwise. */
  token: number;
  /**
   * Called exactly once for a request that was PENDING. A result below 0 is a negated `Code`. Must
   * not throw.
   */
  complete(result: number): void;
}
