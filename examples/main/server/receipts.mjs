/** What a server received: a SHA-256 and a size for each finished connection or transfer. */
import { createHash } from "node:crypto";

/** The receipts of one server process, by server name. */
export class Receipts {
  #done = new Map();
  #corrupt;

  /** `corrupt` names the server that flips a byte of what it receives, or is null. */
  constructor(corrupt) {
    this.#corrupt = corrupt;
  }

  /** Begins the receipt of one connection. */
  open(server) {
    return new Receipt(server === this.#corrupt, (done) => {
      const list = this.#done.get(server) ?? [];
      this.#done.set(server, list);
      list.push(done);
    });
  }

  /** The receipts of a server since the last call. */
  collect(server) {
    const list = this.#done.get(server) ?? [];
    this.#done.delete(server);
    return list;
  }
}

class Receipt {
  #hash = createHash("sha256");
  #bytes = 0;
  #corrupt;
  #onDone;

  constructor(corrupt, onDone) {
    this.#corrupt = corrupt;
    this.#onDone = onDone;
  }

  /** Adds what was received. Call it before the bytes are sent back. */
  take(bytes) {
    if (this.#corrupt && bytes.length > 0) bytes[bytes.length - 1] ^= 1;
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  /** The peer has sent everything. */
  close() {
    this.#onDone({ sha256: this.#hash.digest("hex"), bytes: this.#bytes });
  }
}
