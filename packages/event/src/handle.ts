/**
 * The handle under an Event: the operations that only a layer may start.
 *
 * It exists so that an Event offers `wait` and `post`, and none of the reads and writes of a
 * descriptor. The notifier owns the descriptor, this object its life.
 */
import { type CancelOptions, Handle, type Shape } from "@pike-io/handle";
import { type HandleId, type Notifier, Operation, type Poster } from "@pike-io/notifier";

/** One open event in a notifier. */
export class EventHandle extends Handle {
  /** Takes over an event that the notifier has just opened. */
  constructor(notifier: Notifier, id: HandleId) {
    super();
    this.register(notifier, id);
  }

  /** Waits for a post and gives the count taken, shaped as the caller wants it. */
  take<Value>(shape: Shape<Value>, options?: CancelOptions): Promise<Value> {
    try {
      return this.begin(this.request(Operation.event), shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** What names the event in other threads. */
  poster(): Poster {
    const { slot, generation } = this.openNotifier("poster").poster(this.id);
    return { slot, generation };
  }

  /** Posts to itself; the notifier has checked nothing but the state. */
  post(count: number): void {
    const notifier = this.openNotifier("post");
    notifier.post(notifier.poster(this.id), count);
  }

  protected override get noun(): string {
    return "event";
  }
}
