/**
 * Lists of datagrams on their way to native code: the arrays, led by a table of their lengths and
 * addresses. See native/src/send_many_posix.cc.
 *
 * The lengths are taken down so that an array that is detached or made smaller while its request is
 * pending is found out.
 */
import { type Address, Operation, type Request } from "@pike-io/notifier";
import { ADDRESS_BYTES, SLAB_ADDRESS_IN } from "./layout.js";
import { Wire } from "./wire.js";

const LENGTH_BYTES = 4;
/** A smaller table is not worth its own memory. */
const TABLE_BYTES_LEAST = 4_096;

/** The longest piece of an array that is sent as datagrams. */
const PIECE_BYTES_MAX = 65_535;
/**
 * Flags between the two sides: one address stands in the slab; each has one in its list's table.
 */
const ADDRESSED = 8;
const ADDRESSES = 16;

/** Makes the lists of one notifier. The table is used again unless a request keeps it. */
export class Lists {
  readonly #detail: Float64Array;
  readonly #slabWire: Wire;
  #memory = new Uint8Array(0);
  #lengths = new Uint32Array(0);
  #wire = new Wire(this.#memory);

  constructor(detail: Float64Array, slabWire: Wire) {
    this.#detail = detail;
    this.#slabWire = slabWire;
  }

  /**
   * Puts the operands of a `sendMany` where native code takes them; its memory, or null: EINVAL.
   */
  prepare(request: Request): Uint8Array | Uint8Array[] | null {
    const { buffer, address, addresses = null, size, handle, timeoutMs } = request;
    const pieces = buffer instanceof Uint8Array;
    if (buffer === null || pieces !== size > 0 || size > PIECE_BYTES_MAX) return null;
    let flags = 0;
    if (!pieces && addresses !== null) {
      flags = ADDRESSES;
    } else if (address !== null) {
      if (!this.#slabWire.write(address, SLAB_ADDRESS_IN)) return null;
      flags = ADDRESSED;
    }
    const detail = this.#detail;
    detail[0] = Operation.sendMany | (flags << 8);
    detail[2] = handle;
    detail[3] = size;
    detail[4] = timeoutMs;
    return pieces ? buffer : this.#make(buffer as readonly Uint8Array[], addresses);
  }

  /** The table and the arrays; null when an address is none, or their number is another. */
  #make(
    buffers: readonly Uint8Array[],
    addresses: readonly (Address | null)[] | null,
  ): Uint8Array[] | null {
    const count = buffers.length;
    if (addresses !== null && addresses.length !== count) return null;
    const each = addresses === null ? LENGTH_BYTES : LENGTH_BYTES + ADDRESS_BYTES;
    this.#need(count * each);
    const list: Uint8Array[] = [this.#memory.subarray(0, count * each)];
    for (let i = 0; i < count; i++) {
      const buffer = buffers[i] as Uint8Array;
      this.#lengths[i] = buffer.byteLength;
      list.push(buffer);
    }
    if (addresses === null) return list;
    for (let i = 0; i < count; i++) {
      const at = count * LENGTH_BYTES + i * ADDRESS_BYTES;
      const address = addresses[i] as Address | null;
      if (address === null) this.#memory[at] = 0;
      else if (i > 0 && address === addresses[i - 1]) {
        this.#memory.copyWithin(at, at - ADDRESS_BYTES, at);
      } else if (!this.#wire.write(address, at)) return null;
    }
    return list;
  }

  /** The last list's table belongs to a pending request now. */
  keep(): void {
    this.#memory = new Uint8Array(0);
  }

  #need(size: number): void {
    if (this.#memory.byteLength >= size) return;
    // A whole number of the table's rows of lengths, at least.
    this.#memory = new Uint8Array(Math.max(TABLE_BYTES_LEAST, (size + 3) & ~3));
    this.#lengths = new Uint32Array(this.#memory.buffer);
    this.#wire = new Wire(this.#memory);
  }
}
