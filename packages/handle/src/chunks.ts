/**
 * `for await` over a handle: each chunk is the reader's own, and an idle reader holds no buffer.
 */
import type { Handle } from "./handle.js";
import type { HandleRequest } from "./request.js";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * Ends at the end of the stream. `break` or a throw in the loop ends the iteration and leaves the
 * handle open.
 */
export class ChunkIterator implements AsyncIterableIterator<Uint8Array> {
  readonly #handle: Handle;
  readonly #size: number;
  #ended = false;

  constructor(handle: Handle, size: number) {
    this.#handle = handle;
    this.#size = size;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    return this.#handle.nextChunk(this.#size, toStep);
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#ended = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function toStep(request: HandleRequest): IteratorResult<Uint8Array, undefined> {
  return request.chunk === null ? END : { done: false, value: request.chunk };
}
