/** Explicit limits. Each has a name, a default here, and a test on both sides. */

/** What a notifier bounds. */
export interface Limits {
  /** Handles open at once in one notifier; beyond it opening throws PIKE_LIMIT. 1 to 1,048,576. */
  readonly handles: number;
  /**
   * Requests pending at once in one direction of one handle; beyond it PIKE_QUEUE_FULL. 1 to
   * 65,535.
   */
  readonly queue: number;
  /**
   * Results given at once per handle and turn before it has to wait for the next turn. 1 to 65,535.
   */
  readonly immediate: number;
}

/** The defaults. */
export const defaultLimits: Limits = { handles: 1_048_576, queue: 1_024, immediate: 16 };
