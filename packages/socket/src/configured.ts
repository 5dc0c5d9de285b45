/**
 * What a socket is and how it is set: its kind, its way into a notifier, addresses, options,
 * shutdown. What it sends and takes is `Socket`'s.
 */
import { checkBuffer, checkInteger, Handle } from "@pike-io/handle";
import {
  type Address,
  contract,
  contractVersion,
  type Direction,
  type Family,
  type Notifier,
  type OperationName,
  type OptionName,
  PikeError,
  type Requirement,
  requireContract,
  type SocketKind,
  type SocketOptions,
  type SocketType,
  validateAddress,
} from "@pike-io/notifier";
import { checkOptionName, checkOptionValue, INT_MAX } from "./check.js";

/** The minor version of the contract that has `recvMany`, `sendMany` and `acceptMany`. */
const MANY_SINCE_MINOR = 1;

const requirement: Requirement = {
  layer: "@pike-io/socket",
  version: "0.1.0",
  major: contractVersion.major,
  // What came later is asked for where it is used.
  minor: 0,
  operations: [
    ...["openSocket", "bind", "listen", "shutdown", "localAddress", "peerAddress"],
    ...["getOption", "setOption", "read", "write", "recvFrom", "sendTo"],
    ...["accept", "connect", "wait", "close"],
  ],
};

/** A socket's settings; the base of `Socket`. */
export class ConfiguredSocket extends Handle {
  /** What was asked for. For layers. */
  protected readonly kind: SocketKind;

  /** Not for programs: use `Socket.open`. */
  protected constructor(kind: SocketKind) {
    super();
    this.kind = kind;
  }

  /**
   * Checks the notifier's contract and creates the descriptor. EMFILE, EAFNOSUPPORT, PIKE_LIMIT,
   * PIKE_STATE.
   */
  registerTo(notifier: Notifier): this {
    requireContract(notifier, requirement);
    if (this.state !== "unregistered") throw this.misuse("registerTo");
    this.register(notifier, notifier.openSocket(this.kind));
    return this;
  }

  /** The address family. */
  get family(): Family {
    return this.kind.family;
  }

  /** "stream" or "datagram". */
  get type(): SocketType {
    return this.kind.type;
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
    if (this.state === "open" && this.kind.type === "stream" && this.kind.family !== "unix") {
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

  /** Whether the notifier serves an operation that came after contract 1.0. */
  protected has(operation: OperationName): boolean {
    return this.openNotifier(operation)[contract].operations.has(operation);
  }

  /** PIKE_UNSUPPORTED, or PIKE_CONTRACT_MISMATCH, where the notifier does not serve it. */
  protected checkOperation(call: string, operation: OperationName): void {
    requireContract(this.openNotifier(call), {
      ...requirement,
      minor: MANY_SINCE_MINOR,
      operations: [operation],
    });
  }

  /** The address in canonical form, of this socket's family. */
  protected checkedAddress(address: unknown): Address {
    const checked = validateAddress(address);
    if (checked.family !== this.kind.family) {
      throw PikeError.range(
        `the socket is ${this.kind.family}, but the address is ${checked.family}`,
      );
    }
    if ("path" in checked && checked.path === "") {
      throw PikeError.range('address.path must not be empty: "" is what unnamed sockets have');
    }
    return checked;
  }
}
