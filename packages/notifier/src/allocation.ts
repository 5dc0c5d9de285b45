/**
 * Memory for zero-copy sends: a notifier's kernel may read it after a call has returned, so nothing
 * may take it away (lasting.ts). Whoever holds a view keeps it, and a pending request does.
 */
import { PikeError } from "./error.js";
import { lastingMemory, PAGE_BYTES } from "./lasting.js";

const BYTES_MAX = 1_073_741_824;

/** The memory that an array really lies in: its own `buffer` may be anything. */
const bufferOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  "buffer",
)?.get as (this: Uint8Array) => ArrayBufferLike;

/** What one notifier has allocated. For implementations of the contract. */
export class Allocations {
  readonly #buffers = new WeakSet<ArrayBufferLike>();
  #any = false;

  /** `Notifier.allocate`. */
  allocate(bytes: number): Uint8Array {
    if (typeof bytes !== "number") throw PikeError.type("bytes must be a number");
    if (!Number.isInteger(bytes) || bytes < 1 || bytes > BYTES_MAX) {
      throw PikeError.range(`bytes must be a whole number from 1 to ${BYTES_MAX}, not ${bytes}`);
    }
    const pages = Math.ceil(bytes / PAGE_BYTES);
    const buffer = this.#take(pages);
    this.#buffers.add(buffer);
    this.#any = true;
    return new Uint8Array(buffer, 0, bytes);
  }

  /** Whether an array lies in memory that came from here. */
  has(array: Uint8Array): boolean {
    return this.#any && this.#buffers.has(bufferOf.call(array));
  }

  #take(pages: number): ArrayBuffer {
    try {
      return lastingMemory(pages);
    } catch (cause) {
      const error = new PikeError("ENOMEM", `allocate: no ${pages * PAGE_BYTES} bytes to be had`, {
        syscall: "allocate",
      });
      error.cause = cause;
      throw error;
    }
  }
}
