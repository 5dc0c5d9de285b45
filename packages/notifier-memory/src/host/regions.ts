/**
 * The caller's memory behind a request, looked at again at every attempt.
 *
 * Nothing here keeps a copy: it remembers how large each array was when the request was submitted,
 * and an array that is smaller now (detached, transferred, shrunk) is never touched.
 */

/** Arrays that go into one system call. See readv(2), IOV_MAX. */
const ARRAYS_PER_CALL = 1_024;

/** One array, or several in order. */
export class Regions {
  readonly #arrays: readonly Uint8Array[];
  readonly #sizes: readonly number[];
  /** Bytes of all arrays when the request was submitted. */
  readonly size: number;

  constructor(buffer: Uint8Array | readonly Uint8Array[]) {
    // Any other view of bytes, or a Uint8Array of another realm, is one array as well.
    this.#arrays = Array.isArray(buffer) ? buffer : [buffer as Uint8Array];
    this.#sizes = this.#arrays.map((array) => array.byteLength);
    this.size = this.#sizes.reduce((sum, size) => sum + size, 0);
  }

  /**
   * Whether every array still is as large as it was. By `byteLength`: optimised code of Node 20
   * reads the old `length` of a detached array once it has seen a resizable one.
   */
  get intact(): boolean {
    return this.#arrays.every((array, i) => array.byteLength >= (this.#sizes[i] as number));
  }

  /** How many arrays there are. */
  get count(): number {
    return this.#arrays.length;
  }

  /** How large one was when the request was submitted. */
  sizeOf(index: number): number {
    return this.#sizes[index] as number;
  }

  /** A copy of one. */
  copyOf(index: number): Uint8Array {
    return (this.#arrays[index] as Uint8Array).slice(0, this.sizeOf(index));
  }

  /** Bytes that one call can fill. */
  get fillable(): number {
    if (this.#arrays.length <= ARRAYS_PER_CALL) return this.size;
    return this.#sizes.slice(0, ARRAYS_PER_CALL).reduce((sum, size) => sum + size, 0);
  }

  /** Fills the arrays in order with up to `limit` bytes; `read` moves bytes into a target. */
  fill(limit: number, read: (target: Uint8Array) => void): void {
    let left = limit;
    for (let i = 0; i < this.#arrays.length && left > 0; i++) {
      const size = Math.min(left, this.#sizes[i] as number);
      if (size > 0) read((this.#arrays[i] as Uint8Array).subarray(0, size));
      left -= size;
    }
  }

  /** Copies up to `limit` bytes from `offset` on: what one call would take. */
  copy(offset: number, limit: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let skip = offset;
    let size = 0;
    for (let i = 0; i < this.#arrays.length && size < limit; i++) {
      const length = this.#sizes[i] as number;
      if (skip >= length) {
        skip -= length;
        continue;
      }
      if (parts.length === ARRAYS_PER_CALL) break;
      const part = (this.#arrays[i] as Uint8Array).subarray(
        skip,
        Math.min(length, skip + limit - size),
      );
      parts.push(part);
      size += part.length;
      skip = 0;
    }
    return joined(parts, size);
  }
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let filled = 0;
  for (const part of parts) {
    bytes.set(part, filled);
    filled += part.length;
  }
  return bytes;
}
