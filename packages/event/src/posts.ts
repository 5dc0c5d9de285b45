/** `for await` over an event: one step per wait, ended by `close`. Owns nothing. */
import type { HandleRequest } from "@pike-io/handle";
import type { EventHandle } from "./handle.js";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Yields the count of each wait. `break` ends the iteration and leaves the event open. */
export class PostIterator implements AsyncIterableIterator<number> {
  readonly #handle: EventHandle;
  #ended = false;

  constructor(handle: EventHandle) {
    this.#handle = handle;
  }

  next(): Promise<IteratorResult<number, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    return this.#handle.take(toStep).catch(endIfClosed);
  }

  return(): Promise<IteratorResult<number, undefined>> {
    this.#ended = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function toStep(_request: HandleRequest, count: number): IteratorResult<number, undefined> {
  return { done: false, value: count };
}

function endIfClosed(error: unknown): IteratorResult<number, undefined> {
  if ((error as { code?: unknown } | null)?.code === "PIKE_CLOSED") return END;
  throw error;
}
