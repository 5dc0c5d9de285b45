/** `for await` over a Signal: one step per signal, ended by `close`. Owns nothing. */
import type { HandleRequest } from "@pike-io/handle";
import type { SignalInfo } from "@pike-io/notifier";
import type { SignalHandle } from "./handle.js";

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** Yields each signal. `break` ends the iteration and leaves the Signal open. */
export class SignalIterator implements AsyncIterableIterator<SignalInfo> {
  readonly #handle: SignalHandle;
  #ended = false;

  constructor(handle: SignalHandle) {
    this.#handle = handle;
  }

  next(): Promise<IteratorResult<SignalInfo, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    return this.#handle.take(toStep).catch(endIfClosed);
  }

  return(): Promise<IteratorResult<SignalInfo, undefined>> {
    this.#ended = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function toStep(request: HandleRequest): IteratorResult<SignalInfo, undefined> {
  return { done: false, value: request.signal as SignalInfo };
}

function endIfClosed(error: unknown): IteratorResult<SignalInfo, undefined> {
  if ((error as { code?: unknown } | null)?.code === "PIKE_CLOSED") return END;
  throw error;
}
