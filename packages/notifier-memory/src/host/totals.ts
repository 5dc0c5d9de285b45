/** Running totals of a handle and of a notifier; see the contract's counters. */

/** What is counted per handle. An attempt stands for a system call. */
export interface Totals {
  operations: number;
  systemCalls: number;
  wouldBlocks: number;
  completions: number;
  bytesRead: number;
  bytesWritten: number;
}

/** What is counted per notifier. */
export interface NotifierTotals extends Totals {
  batches: number;
  dropped: number;
}

/** Totals of a handle that has done nothing yet. */
export function handleTotals(): Totals {
  return {
    operations: 0,
    systemCalls: 0,
    wouldBlocks: 0,
    completions: 0,
    bytesRead: 0,
    bytesWritten: 0,
  };
}

/** Totals of a notifier that has done nothing yet. */
export function notifierTotals(): NotifierTotals {
  return { ...handleTotals(), batches: 0, dropped: 0 };
}
