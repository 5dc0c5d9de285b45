/**
 * One end of an established connection, TCP or Unix: what was received, what may still be sent, and
 * how the conversation ended.
 *
 * An end outlives its socket: after a close it goes on sending, and answers late data with a reset,
 * as the kernel does. Bytes on their way and received are copies owned here. See tcp(7), unix(7),
 * RFC 9293.
 */
import { Code } from "@pike-io/notifier";
import { ByteQueue } from "./bytes.js";
import { Channel } from "./channel.js";
import type { Path } from "./path.js";

/** What the two kinds of stream do differently. */
export type Transport = "tcp" | "unix";

/** Bytes that an end holds in each direction. */
export interface BufferSizes {
  send: number;
  receive: number;
}

/** One end. */
export class End {
  readonly transport: Transport;
  readonly received: ByteQueue = new ByteQueue();
  readonly sizes: BufferSizes;
  /** Called when a read, a write or a wait may have become possible. */
  onChange: () => void = () => {};
  /** Called once, when nothing more can happen here. */
  onEnd: () => void = () => {};
  /** The peer's last byte has arrived. */
  finished = false;
  /** Nothing may be written any more. */
  writeShut = false;
  /** Reads find the end of the stream behind what is there. */
  readShut = false;
  /** Why the connection broke; 0 while it hasn't. */
  failure = 0;
  /** No message leaves or counts here any more. */
  dead = false;
  #told = false;
  #peerClosed = false;
  #closed = false;
  #outstanding = 0;
  #peer!: End;
  readonly #out: Channel;
  readonly #path: Path;

  private constructor(transport: Transport, path: Path, sizes: BufferSizes) {
    this.transport = transport;
    this.sizes = { ...sizes };
    this.#path = path;
    this.#out = new Channel(path, () => this.fail(Code.ETIMEDOUT));
  }

  /** Both ends of a connection, the client's first. `forth` is the path from the client. */
  static pair(
    transport: Transport,
    forth: Path,
    back: Path,
    clientSizes: BufferSizes,
    serverSizes: BufferSizes,
  ): [client: End, server: End] {
    const client = new End(transport, forth, clientSizes);
    const server = new End(transport, back, serverSizes);
    client.#peer = server;
    server.#peer = client;
    return [client, server];
  }

  /** Bytes that a write may hand over now: both ends' buffers, less what the peer hasn't read. */
  get room(): number {
    return Math.max(0, this.sizes.send + this.#peer.sizes.receive - this.#outstanding);
  }

  /** Whether no write can succeed any more. */
  get unwritable(): boolean {
    return this.dead || this.writeShut || (this.#peerClosed && this.transport === "unix");
  }

  /**
   * The code for a write to an end that is unwritable: TCP tells one writer why, the others EPIPE.
   */
  takeWriteError(): number {
    const code = this.failure !== 0 && !this.#told && this.transport === "tcp" ? this.failure : 0;
    this.#told = true;
    return code || Code.EPIPE;
  }

  /** Calls `deliver` at the peer, behind everything sent before. */
  announce(deliver: () => void): void {
    this.#out.send(deliver);
  }

  /** Sends bytes, which it takes over; no more than `room`. */
  send(bytes: Uint8Array): void {
    this.#outstanding += bytes.length;
    this.#out.send(() => this.#peer.#onData(bytes));
  }

  /** Tells the peer that so many bytes were read, which makes room for more. */
  acknowledge(size: number): void {
    if (this.dead || size === 0) return;
    this.#out.send(() => this.#peer.#onRoom(size));
  }

  /** Ends the sending direction. */
  shutWrite(): void {
    if (this.writeShut) return;
    this.writeShut = true;
    this.#out.send(() => this.#peer.#onFinish(this.#closed));
    this.onChange();
  }

  /**
   * Ends the receiving direction: the peer of a Unix stream cannot write any more, TCP's doesn't
   * learn of it.
   */
  shutRead(): void {
    if (this.readShut) return;
    this.readShut = true;
    if (this.transport === "unix") this.#out.send(() => this.#peer.#onClosed());
    this.onChange();
  }

  /**
   * The socket is gone. What was sent goes on; with `abort`, or with bytes unread, the peer gets a
   * reset. RFC 2525, section 2.17.
   */
  close(abort: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onChange = () => {};
    if (this.dead) {
      this.received.clear();
      return;
    }
    if (abort || this.received.length > 0) this.reset();
    else if (this.writeShut) this.#out.send(() => this.#peer.#onFinish(true));
    else this.shutWrite();
    this.#endIfDone();
  }

  /** Breaks the connection with a reset to the peer. */
  reset(): void {
    if (this.dead) return;
    this.received.clear();
    this.#die();
    this.#out.send(() => this.#peer.#onReset());
  }

  /** Breaks this end with `code`, without a word to the peer. */
  fail(code: number): void {
    if (this.dead) return;
    this.failure = code;
    this.#out.close();
    this.#die();
    this.onChange();
  }

  /** Breaks both ends at once, as a box between them does that sends each a reset. */
  cutThrough(): void {
    this.#peer.fail(Code.ECONNRESET);
    this.fail(Code.ECONNRESET);
  }

  #onData(bytes: Uint8Array): void {
    if (this.dead) return;
    if (this.#path.isReset()) {
      this.cutThrough();
      return;
    }
    if (this.#closed) {
      this.reset();
      return;
    }
    this.received.append(bytes);
    this.onChange();
  }

  #onRoom(size: number): void {
    this.#outstanding -= size;
    this.onChange();
  }

  #onFinish(closed: boolean): void {
    if (this.dead) return;
    this.finished = true;
    if (closed) this.#peerClosed = true;
    this.#endIfDone();
    this.onChange();
  }

  #onClosed(): void {
    this.#peerClosed = true;
    this.onChange();
  }

  /** A reset after the peer's last byte spoils only what is yet to be written. */
  #onReset(): void {
    if (this.dead) return;
    this.fail(this.finished ? Code.EPIPE : Code.ECONNRESET);
  }

  #die(): void {
    this.dead = true;
    this.onEnd();
  }

  /** Both directions ended in good order and nobody holds this end. */
  #endIfDone(): void {
    if (this.#closed && this.finished && this.writeShut && !this.dead) this.#die();
  }
}
