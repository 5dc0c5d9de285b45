/**
 * Numbered datagrams: how one looks, and how a file is put together again from those that arrive.
 *
 * A datagram is a header of three 32-bit numbers (transfer, index, count; big-endian) and at most
 * 1,388 bytes, 1,400 in all. UDP may lose, double and reorder them.
 */
const HEADER_BYTES = 12;
export const PAYLOAD_BYTES = 1_400 - HEADER_BYTES;
/** How many datagrams may be on their way. */
export const WINDOW = 64;

/** Datagram number `index` of a transfer, in new memory. */
export function makeDatagram(transfer, index, bytes) {
  const from = index * PAYLOAD_BYTES;
  const payload = bytes.subarray(from, from + PAYLOAD_BYTES);
  const datagram = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  datagram.writeUInt32BE(transfer, 0);
  datagram.writeUInt32BE(index, 4);
  datagram.writeUInt32BE(countOf(bytes), 8);
  datagram.set(payload, HEADER_BYTES);
  return datagram;
}

/** How many datagrams so many bytes make. */
export function countOf(bytes) {
  return Math.ceil(bytes.length / PAYLOAD_BYTES);
}

/** Reads a datagram, or gives null for one that is not ours. The payload is a view. */
export function readDatagram(bytes) {
  if (bytes.length < HEADER_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    transfer: view.getUint32(0),
    index: view.getUint32(4),
    count: view.getUint32(8),
    payload: bytes.subarray(HEADER_BYTES),
  };
}

/** Hands the payloads of a transfer on in order, each once. */
export class Assembly {
  #early = new Map();
  #next = 0;
  #count;
  #onPayload;
  #onDone;
  /** Datagrams that came a second time. */
  duplicates = 0;

  constructor(count, onPayload, onDone) {
    this.#count = count;
    this.#onPayload = onPayload;
    this.#onDone = onDone;
  }

  /** Takes a datagram and says whether it is new. One that comes early is copied and waits. */
  take({ index, payload }) {
    if (index < this.#next || this.#early.has(index)) {
      this.duplicates++;
      return false;
    }
    if (index >= this.#count || index >= this.#next + WINDOW) return false;
    if (index > this.#next) {
      this.#early.set(index, Uint8Array.from(payload));
      return true;
    }
    this.#advance(payload);
    return true;
  }

  /** Whether everything is there. */
  get isDone() {
    return this.#next === this.#count;
  }

  /** The first datagram that is not there yet. */
  get next() {
    return this.#next;
  }

  #advance(first) {
    for (let payload = first; payload !== undefined; payload = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next++;
      this.#onPayload(payload);
    }
    if (this.isDone) this.#onDone?.();
  }
}
