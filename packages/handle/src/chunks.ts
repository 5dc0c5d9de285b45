/**
 * `for await` over a handle: each chunk is the reader's own, and an idle reader holds no buffer.
 *
 * The iterator is the request that it waits with: one object for an idle connection, and none for
 * each chunk.
 */
import { Operation } from "@pike-io/notifier";
import type { Handle } from "./handle.js";
import { HandleRequest } from "./request.js";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Ends at the end of the stream. `break` or a throw in the loop ends the iteration and leaves the
 * handle open.
 */
export class ChunkIterator extends HandleRequest implements AsyncIterableIterator<Uint8Array> {
  /** Null when the iteration has ended. */
  #over: Handle | null;

  /** `size`: the most bytes of a chunk. The handle fills in the rest at the first step. */
  constructor(handle: Handle, size: number) {
    super(Operation.read, -1, "read");
    this.size = size;
    this.#over = handle;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const handle = this.#over;
    if (handle === null) return Promise.resolve(END);
    // Whoever asks again before the last answer is served by another request.
    return handle.nextChunk(this.size, toStep, undefined, this.waits ? null : this);
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#over = null;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** It serves nobody else. */
  protected override leave(): void {}
}

function toStep(request: HandleRequest): IteratorResult<Uint8Array, undefined> {
  const { chunk } = request;
  if (chunk === null) return END;
  request.chunk = null;
  return { done: false, value: chunk };
}
