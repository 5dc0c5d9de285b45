/** What `openNotifier` has checked and the notifier is made of. */
import type { Dispatch, Limits } from "@pike-io/notifier";

/** What `openNotifier` has checked. */
export interface NativeSettings {
  readonly backend: string;
  readonly attached: boolean;
  readonly dispatch: Dispatch | null;
  readonly limits: Limits;
}
