/**
 * Socket: a handle with addresses and options.
 *
 * `Socket.open` only records what is wanted; `registerTo` makes the descriptor. The functions
 * `connect`, `listen` and `bind` beside this class do both at once.
 */
import {
  type CancelOptions,
  checkBuffer,
  checkInteger,
  Handle,
  type HandleRequest,
  type Shape,
} from "@pike-io/handle";
import {
  type Address,
  type BindOptions,
  contractVersion,
  type Direction,
  type Family,
  type ListenOptions,
  type Notifier,
  Operation,
  type OptionName,
  PikeError,
  type Requirement,
  requireContract,
  type SocketKind,
  type SocketOptions,
  type SocketType,
  validateAddress,
} from "@pike-io/notifier";
import {
  checkBindOptions,
  checkListenOptions,
  checkOptionName,
  checkOptionValue,
  INT_MAX,
} from "./check.js";

/** What `accept` resolves to. */
export interface Accepted {
  readonly socket: Socket;
  readonly address: Address;
}

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

const requirement: Requirement = {
  layer: "@pike-io/socket",
  version: "0.1.0",
  ...contractVersion,
  operations: [
    ...["openSocket", "bind", "listen", "shutdown", "localAddress", "peerAddress"],
    ...["getOption", "setOption", "read", "write", "recvFrom", "sendTo"],
    ...["accept", "connect", "wait", "close"],
  ],
};

/** A TCP, UDP or Unix socket. */
export class Socket extends Handle {
  readonly #kind: SocketKind;

  private constructor(kind: SocketKind) {
    super();
    this.#kind = kind;
  }

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
   * Checks the notifier's contract and creates the descriptor. EMFILE, EAFNOSUPPORT, PIKE_LIMIT,
   * PIKE_STATE.
   */
  registerTo(notifier: Notifier): this {
    requireContract(notifier, requirement);
    if (this.state !== "unregistered") throw this.misuse("registerTo");
    this.register(notifier, notifier.openSocket(this.#kind));
    return this;
  }

  /** The address family. */
  get family(): Family {
    return this.#kind.family;
  }

  /** "stream" or "datagram". */
  get type(): SocketType {
    return this.#kind.type;
  }

  /**
   * Gives the socket a local address; port 0 lets the system choose. EADDRINUSE, EACCES. bind(2),
   * unix(7)
   */
  bind(address: Address | { address: string; port: number }, options?: BindOptions): this {
    const notifier = this.openNotifier("bind");
    notifier.bind(this.id, this.#checked(address), checkBindOptions(options));
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
   * Takes one connection. Waits out a shortage of descriptors (EMFILE) instead of failing.
   * accept(2)
   */
  accept(options?: CancelOptions): Promise<Accepted> {
    try {
      const request = this.request(Operation.accept);
      return this.begin(request, (done) => this.#accepted(done), options);
    } catch (error) {
      return Promise.reject(error);
    }
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
      request.address = this.#checked(address);
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
    if (this.#kind.type === "stream") return super.read(buffer, options);
    return this.#recvFrom(buffer, lengthOrTruncated, options);
  }

  /**
   * Receives one datagram and its sender. A buffer of no length takes a datagram and drops its
   * bytes. recvfrom(2)
   */
  recvFrom(buffer: Uint8Array, options?: CancelOptions): Promise<Received> {
    return this.#recvFrom(buffer, received, options);
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
      request.address = this.#checked(address);
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Ends one direction or both; the other goes on. ENOTCONN. shutdown(2) */
  shutdown(direction: Direction): void {
    if (direction !== "read" && direction !== "write" && direction !== "both") {
      throw PikeError.type('direction must be "read", "write" or "both"');
    }
    this.openNotifier("shutdown").shutdown(this.id, direction);
  }

  /**
   * Closes at once: unsent bytes are dropped, and a TCP peer sees a reset (SO_LINGER 0). socket(7)
   */
  abort(): Promise<void> {
    if (this.state === "open" && this.#kind.type === "stream" && this.#kind.family !== "unix") {
      this.openNotifier("abort").setOption(this.id, "linger", 0);
    }
    return this.close();
  }

  /** The local address, once bound or connected. getsockname(2) */
  getBindAddress(): Address {
    return this.openNotifier("getsockname").localAddress(this.id);
  }

  /** The peer's address. ENOTCONN. getpeername(2) */
  getPeerAddress(): Address {
    return this.openNotifier("getpeername").peerAddress(this.id);
  }

  /** Reads an option. ENOPROTOOPT, PIKE_UNSUPPORTED. */
  get<Name extends OptionName>(name: Name): SocketOptions[Name] {
    const notifier = this.openNotifier("getsockopt");
    checkOptionName(name, "set", "can only be set");
    return notifier.getOption(this.id, name);
  }

  /** Sets an option. ENOPROTOOPT, EINVAL, PIKE_UNSUPPORTED. */
  set<Name extends OptionName>(name: Name, value: SocketOptions[Name]): this {
    const notifier = this.openNotifier("setsockopt");
    checkOptionName(name, "get", "can only be read");
    checkOptionValue(name, value);
    notifier.setOption(this.id, name, value);
    return this;
  }

  /** Reads any option by the system's numbers; at most `size` bytes (0 to 4,096). getsockopt(2) */
  getOption(level: number, name: number, size: number): Uint8Array {
    const notifier = this.openNotifier("getsockopt");
    checkInteger(level, "level", -INT_MAX - 1, INT_MAX);
    checkInteger(name, "name", -INT_MAX - 1, INT_MAX);
    checkInteger(size, "size", 0, 4_096);
    return notifier.getRawOption(this.id, level, name, size);
  }

  /**
   * Sets any option by the system's numbers and bytes (at most 4,096). Options that carry pointers
   * are refused. setsockopt(2)
   */
  setOption(level: number, name: number, value: Uint8Array): this {
    const notifier = this.openNotifier("setsockopt");
    checkInteger(level, "level", -INT_MAX - 1, INT_MAX);
    checkInteger(name, "name", -INT_MAX - 1, INT_MAX);
    checkBuffer(value, "value");
    checkInteger(value.byteLength, "value.byteLength", 0, 4_096);
    notifier.setRawOption(this.id, level, name, value);
    return this;
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
    if (this.#kind.type === "datagram") {
      throw new PikeError(
        "PIKE_STATE",
        "a datagram socket has no stream of chunks; use recvFrom()",
      );
    }
    return super.chunks(size);
  }

  #recvFrom<Value>(
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

  #accepted(request: HandleRequest): Accepted {
    const socket = new Socket(this.#kind);
    socket.register(this.notifier, request.accepted);
    return { socket, address: request.address as Address };
  }

  /** The address in canonical form, of this socket's family. */
  #checked(address: unknown): Address {
    const checked = validateAddress(address);
    if (checked.family !== this.#kind.family) {
      throw PikeError.range(
        `the socket is ${this.#kind.family}, but the address is ${checked.family}`,
      );
    }
    if ("path" in checked && checked.path === "") {
      throw PikeError.range('address.path must not be empty: "" is what unnamed sockets have');
    }
    return checked;
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
