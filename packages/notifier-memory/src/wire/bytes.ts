/** Received bytes that nobody has read yet. They are copies, owned by the connection. */
import { Queue } from "../queue.js";

/** Bytes in order of arrival, taken from the front in any size. */
export class ByteQueue {
  readonly #pieces = new Queue<Uint8Array>();
  #offset = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Takes over `bytes`: nobody else may change them afterwards. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pieces.push(bytes);
    this.#length += bytes.length;
  }

  /** Moves up to `target.length` bytes into `target`, and says how many. */
  read(target: Uint8Array): number {
    let filled = 0;
    while (filled < target.length) {
      const piece = this.#pieces.peek();
      if (piece === undefined) break;
      const size = Math.min(piece.length - this.#offset, target.length - filled);
      target.set(piece.subarray(this.#offset, this.#offset + size), filled);
      filled += size;
      this.#offset += size;
      if (this.#offset === piece.length) {
        this.#pieces.shift();
        this.#offset = 0;
      }
    }
    this.#length -= filled;
    return filled;
  }

  clear(): void {
    this.#pieces.drain();
    this.#offset = 0;
    this.#length = 0;
  }
}
