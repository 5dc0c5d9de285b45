/** Completions on their way out: collected while requests are attempted, delivered in one batch. */
import { Batch, type Dispatch } from "@pike-io/notifier";
import type { Pending } from "./pending.js";

interface Completion {
  readonly pending: Pending;
  readonly result: number;
}

/** The completions of one notifier. */
export class Outbox {
  readonly #batch: Batch;
  /** Called before each delivery. */
  readonly #onDelivery: (pending: Pending) => void;
  #completed: Completion[] = [];
  #delivering = false;

  constructor(dispatch: Dispatch | null, onDelivery: (pending: Pending) => void) {
    this.#batch = new Batch(dispatch);
    this.#onDelivery = onDelivery;
  }

  /** Whether user code is being run from here at this moment. */
  get delivering(): boolean {
    return this.#delivering;
  }

  add(pending: Pending, result: number): void {
    this.#completed.push({ pending, result });
  }

  /** Delivers what was collected, in order; how many that was. */
  deliver(): number {
    const completed = this.#completed;
    if (completed.length === 0) return 0;
    this.#completed = [];
    this.#delivering = true;
    for (const { pending, result } of completed) {
      this.#onDelivery(pending);
      pending.request.token = -1;
      this.#batch.add(pending.request, result);
    }
    this.#batch.flush();
    this.#delivering = false;
    return completed.length;
  }

  /** Drops the tasks that the dispatch hook never ran; how many. */
  close(): number {
    return this.#batch.close();
  }
}
