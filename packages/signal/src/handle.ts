/**
 * The handle under a Signal: the one operation that a wait for signals has.
 *
 * It exists so that a Signal offers `wait`, and none of the reads and writes of a descriptor. The
 * notifier owns what lies beneath, this object its life.
 */
import { type CancelOptions, Handle, type Shape } from "@pike-io/handle";
import { type HandleId, type Notifier, Operation } from "@pike-io/notifier";

/** One open wait for signals in a notifier. */
export class SignalHandle extends Handle {
  /** Takes over what the notifier has just opened. */
  constructor(notifier: Notifier, id: HandleId) {
    super();
    this.register(notifier, id);
  }

  /** Takes the next signal, shaped as the caller wants it. */
  take<Value>(shape: Shape<Value>, options?: CancelOptions): Promise<Value> {
    try {
      return this.begin(this.request(Operation.signal), shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected override get noun(): string {
    return "signal";
  }
}
