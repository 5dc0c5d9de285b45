/** Counters: what a notifier and a handle have done so far. Reading them costs no system call. */

/** Running totals of a notifier. */
export interface NotifierCounters {
  /** Requests submitted. */
  readonly operations: number;
  /** System calls made for requests and for waiting. */
  readonly systemCalls: number;
  /** System calls that answered "would block". */
  readonly wouldBlocks: number;
  /** Requests completed later, in a batch. */
  readonly completions: number;
  /** Calls from JavaScript into native code and back, for requests and batches. */
  readonly crossings: number;
  /** Batches delivered: calls of native code into JavaScript. */
  readonly batches: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Events of the kernel for handles that were gone: dropped. */
  readonly stale: number;
  /** Dispatched tasks that were never run before the notifier closed. */
  readonly dropped: number;
  /** Handles open now. */
  readonly handles: number;
  /** Requests pending now. */
  readonly pending: number;
  /**
   * Times the kernel was entered to hand over submissions and take completions, part of
   * `systemCalls`; 0 where the kernel tells of readiness. See io_uring_enter(2).
   */
  readonly kernelEntries: number;
}

/** Running totals of a handle. Byte counts are exact up to 2^53; the others wrap at 2^32. */
export interface HandleCounters {
  readonly operations: number;
  readonly systemCalls: number;
  readonly wouldBlocks: number;
  readonly completions: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Requests waiting to read now. */
  readonly readQueue: number;
  /** Requests waiting to write now. */
  readonly writeQueue: number;
}
