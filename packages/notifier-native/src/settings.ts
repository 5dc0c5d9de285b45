/** What `openNotifier` has checked and the notifier is made of. */
import type { Dispatch, Limits } from "@pike-io/notifier";
import type { Attach } from "./binding.js";

/** What `openNotifier` has checked. */
export interface NativeSettings {
  readonly backend: string;
  /** Of io_uring, what to do without. */
  readonly features: string;
  readonly attach: Attach;
  readonly dispatch: Dispatch | null;
  /** Handlers' microseconds per completion and operation up to which small writes are gathered. */
  readonly gatherMicros: number;
  readonly limits: Limits;
  readonly offload: boolean;
}
