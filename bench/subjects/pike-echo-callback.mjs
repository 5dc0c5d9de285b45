/**
 * The echo server on the contract's callbacks: what a layer with another taste than promises would
 * build on. A peer is one object: the request that reads, and the one that writes what was read.
 */
import { ALL, Operation, PENDING } from "@pike-io/notifier";
import { defaultNotifier } from "pike-io";
import { announce } from "./lifetime.mjs";

const CHUNK_BYTES = 65_536;
const BACKLOG = 511;

const notifier = defaultNotifier();

/**
 * A request with no operands.
 * @implements {Request}
 * @typedef {import("@pike-io/notifier").Request} Request
 */
class Bare {
  /** @type {Uint8Array | null} */
  buffer = null;
  size = CHUNK_BYTES;
  flags = ALL;
  timeoutMs = -1;
  address = null;
  /** @type {Uint8Array | null} */
  chunk = null;
  accepted = -1;
  transferred = 0;
  truncated = false;
  signal = null;
  token = -1;

  /**
   * @param {import("@pike-io/notifier").Operation} operation
   * @param {number} handle
   */
  constructor(operation, handle) {
    this.operation = operation;
    this.handle = handle;
  }

  complete() {}
}

/** Sends a chunk, and lets its reader go on. */
class Writer extends Bare {
  /** @param {Reader} reader */
  constructor(reader) {
    super(Operation.write, reader.handle);
    this.reader = reader;
  }

  /**
   * @override
   * @param {number} [result]
   */
  complete(result = 0) {
    if (result < 0) close(this.handle);
    else this.reader.read();
  }
}

/** Reads chunks until the stream ends. Its writer is made for the first chunk. */
class Reader extends Bare {
  /** @type {Writer | null} */
  writer = null;

  /** @param {number} handle */
  constructor(handle) {
    super(Operation.read, handle);
  }

  read() {
    while (this.echo(notifier.submit(this)));
  }

  /**
   * @override
   * @param {number} [result]
   */
  complete(result = 0) {
    if (this.echo(result)) this.read();
  }

  /**
   * Whether to read on at once.
   * @param {number} result
   */
  echo(result) {
    if (result === PENDING) return false;
    if (result <= 0) {
      close(this.handle);
      return false;
    }
    this.writer ??= new Writer(this);
    const { chunk } = this;
    this.writer.buffer = chunk;
    this.chunk = null;
    const sent = notifier.submit(this.writer);
    if (sent !== PENDING && sent < 0) close(this.handle);
    return sent !== PENDING && sent >= 0;
  }
}

/** Takes peers, one after another. */
class Acceptor extends Bare {
  /** @param {number} handle */
  constructor(handle) {
    super(Operation.accept, handle);
  }

  /**
   * @override
   * @param {number} [result]
   */
  complete(result = PENDING) {
    for (let next = result; ; next = notifier.submit(this)) {
      if (next === PENDING) return;
      if (next < 0) throw new Error(`accept failed with code ${-next}`);
      new Reader(this.accepted).read();
    }
  }
}

/** @param {number} handle */
function close(handle) {
  notifier.submit(new Bare(Operation.close, handle));
}

const listener = notifier.openSocket({ family: "ipv4", type: "stream" });
notifier.bind(listener, { family: "ipv4", address: "127.0.0.1", port: 0 });
notifier.listen(listener, BACKLOG);
const acceptor = new Acceptor(listener);
acceptor.complete(notifier.submit(acceptor));
announce(notifier.localAddress(listener));
