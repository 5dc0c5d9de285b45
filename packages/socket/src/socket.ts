/**
 * Socket: a handle with addresses and options.
 *
 * `Socket.open` only records what is wanted; `registerTo` makes the descriptor. The functions
 * `connect`, `listen` and `bind` beside this class do both at once.
 */
import { type CancelOptions, checkBuffer, checkInteger, type Shape } from "@pike-io/handle";
import {
  type Address,
  type BindOptions,
  type Family,
  type HandleId,
  type ListenOptions,
  Operation,
  PikeError,
  type SocketType,
} from "@pike-io/notifier";
import { AcceptingSocket } from "./accepting.js";
import { checkBindOptions, checkListenOptions } from "./check.js";

/** What `recvFrom` resolves to. */
export interface Received {
  /** Bytes in the buffer; 0 is an empty datagram. */
  readonly length: number;
  /** The sender. */
  readonly address: Address;
  /** The datagram was longer than the buffer, and the rest of it is gone. */
  readonly truncated: boolean;
}

/** The default backlog; the system may cut it (net.core.somaxconn). */
export const BACKLOG_DEFAULT = 511;
const BACKLOG_MAX = 65_535;

/** A TCP, UDP or Unix socket. */
export class Socket extends AcceptingSocket {
  /**
   * Records a socket of a family ("ipv4", "ipv6", "unix") and type ("stream", "datagram"; Unix is
   * "stream" only).
   */
  static open(family: Family, type: SocketType): Socket {
    if (family !== "ipv4" && family !== "ipv6" && family !== "unix") {
      throw PikeError.type('family must be "ipv4", "ipv6" or "unix"');
    }
    if (type !== "stream" && type !== "datagram") {
      throw PikeError.type('type must be "stream" or "datagram"');
    }
    if (family === "unix" && type === "datagram") {
      throw new PikeError("PIKE_UNSUPPORTED", "Unix datagram sockets (S5) are not there yet");
    }
    return new Socket({ family, type });
  }

  /**
   * Gives the socket a local address; port 0 lets the system choose. EADDRINUSE, EACCES. bind(2),
   * unix(7)
   */
  bind(address: Address | { address: string; port: number }, options?: BindOptions): this {
    const notifier = this.openNotifier("bind");
    notifier.bind(this.id, this.checkedAddress(address), checkBindOptions(options));
    return this;
  }

  /**
   * Starts taking connections; `backlog` of 0 to 65,535 may wait to be accepted. EADDRINUSE.
   * listen(2)
   */
  listen(backlog: number = BACKLOG_DEFAULT, options?: ListenOptions): this {
    const notifier = this.openNotifier("listen");
    checkInteger(backlog, "backlog", 0, BACKLOG_MAX);
    notifier.listen(this.id, backlog, checkListenOptions(options));
    return this;
  }

  /**
   * Connects. ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENOENT, … For datagrams: sets the peer.
   * connect(2)
   */
  connect(
    address: Address | { address: string; port: number },
    options?: CancelOptions,
  ): Promise<void> {
    try {
      const request = this.request(Operation.connect);
      request.address = this.checkedAddress(address);
      return this.begin(request, nothing, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Receives: `read` by its socket name. On a datagram socket a datagram longer than the buffer
   * rejects with PIKE_TRUNCATED, whose `transferred` counts the bytes that are in the buffer.
   * recv(2)
   */
  recv(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    return this.read(buffer, options);
  }

  override read(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    if (this.kind.type === "stream") return super.read(buffer, options);
    return this.receive(buffer, lengthOrTruncated, options);
  }

  /**
   * Receives one datagram and its sender. A buffer of no length takes a datagram and drops its
   * bytes. recvfrom(2)
   */
  recvFrom(buffer: Uint8Array, options?: CancelOptions): Promise<Received> {
    return this.receive(buffer, received, options);
  }

  /** Sends: `write` by its socket name. send(2) */
  send(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    return this.write(buffer, options);
  }

  /** Sends one datagram to an address; resolves to its length. EMSGSIZE, ENETUNREACH. sendto(2) */
  sendTo(
    buffer: Uint8Array,
    address: Address | { address: string; port: number },
    options?: CancelOptions,
  ): Promise<number> {
    try {
      checkBuffer(buffer);
      const request = this.request(Operation.sendTo);
      request.buffer = buffer;
      request.address = this.checkedAddress(address);
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected override callName(operation: Operation): string {
    if (operation === Operation.read) return "recv";
    if (operation === Operation.write) return "send";
    return super.callName(operation);
  }

  protected override get noun(): string {
    return "socket";
  }

  override [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return this.chunks();
  }

  override chunks(size?: number): AsyncIterableIterator<Uint8Array> {
    if (this.kind.type === "datagram") {
      throw new PikeError(
        "PIKE_STATE",
        "a datagram socket has no stream of chunks; use recvFrom()",
      );
    }
    return super.chunks(size);
  }

  private receive<Value>(
    buffer: Uint8Array,
    shape: Shape<Value>,
    options?: CancelOptions,
  ): Promise<Value> {
    try {
      checkBuffer(buffer);
      const request = this.request(Operation.recvFrom);
      request.buffer = buffer;
      return this.begin(request, shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected override peerOf(accepted: HandleId): Socket {
    const socket = new Socket(this.kind);
    socket.register(this.notifier, accepted);
    return socket;
  }
}

const nothing: Shape<void> = () => undefined;
const resultOf: Shape<number> = (_request, result) => result;

const received: Shape<Received> = (request, length) => ({
  length,
  address: request.address as Address,
  truncated: request.truncated,
});

const lengthOrTruncated: Shape<number> = (request, length) => {
  if (!request.truncated) return length;
  throw new PikeError(
    "PIKE_TRUNCATED",
    `recv: the datagram did not fit into the buffer; ${length} bytes of it are there`,
    { syscall: "recv", transferred: length },
  );
};
