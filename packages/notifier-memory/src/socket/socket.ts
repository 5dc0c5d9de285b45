/**
 * What streams and datagram sockets have in common: options, names, and the plain calls on them.
 */
import {
  type Address,
  type BindOptions,
  Code,
  codeName,
  type Direction,
  type GroupMembership,
  type IpAddress,
  type ListenOptions,
  type OptionName,
  type OptionValue,
  systemError,
} from "@pike-io/notifier";
import type { Host } from "../host/host.js";
import type { Binding, PortOwner, PortTable } from "../host/ports.js";
import { Resource } from "../host/resource.js";
import { endpointOf, type IpFamily, isWildcard } from "./endpoint.js";
import {
  checkValue,
  type GroupOption,
  type LiveOption,
  type OptionStore,
  type StoredOption,
} from "./options.js";

/** A socket of any kind. Its calls throw `PikeError` as the contract's plain functions do. */
export abstract class Socket extends Resource implements PortOwner {
  override readonly socket: Socket = this;
  readonly host: Host;
  readonly options: OptionStore;
  /** The error that the next call reports: what SO_ERROR gives. 0 for none. */
  protected pendingError = 0;

  constructor(host: Host, options: OptionStore) {
    super();
    this.host = host;
    this.options = options;
  }

  abstract bind(address: Address, options: BindOptions): void;
  abstract listen(backlog: number, options: ListenOptions, ownUid: number): void;
  abstract shutdown(direction: Direction): void;
  abstract localAddress(): Address;
  abstract peerAddress(): Address;
  abstract get listening(): boolean;
  protected abstract changeMembership(name: GroupOption, membership: GroupMembership): void;
  protected abstract optionStored(name: StoredOption): void;
  /** Whether it has a local address of its own. */
  protected abstract get isBound(): boolean;

  get reuseAddress(): boolean {
    return this.options.get("reuseAddress");
  }

  get reusePort(): boolean {
    return this.options.get("reusePort");
  }

  getOption(name: OptionName): OptionValue {
    this.options.requireKnown(name, "getsockopt");
    switch (name as LiveOption) {
      case "listening":
        return this.listening;
      case "type":
        return this.options.type;
      case "error":
        return this.#takeError();
      default:
        return this.options.get(name as StoredOption);
    }
  }

  setOption(name: OptionName, value: OptionValue): void {
    const row = this.options.requireKnown(name, "setsockopt");
    checkValue(name, row, value);
    if (name === "joinGroup" || name === "leaveGroup") {
      this.changeMembership(name, value as GroupMembership);
      return;
    }
    if (name === "ipv6Only" && this.isBound) fail(Code.EINVAL, "setsockopt ipv6Only");
    this.options.store(name as StoredOption, value as never);
    this.optionStored(name as StoredOption);
  }

  #takeError(): string | null {
    const code = this.pendingError;
    this.pendingError = 0;
    return code === 0 ? null : codeName(code);
  }

  /** The families of what may arrive at a local address. */
  protected coverageOf(text: string): readonly IpFamily[] {
    if (this.options.family === "ipv4") return ["ipv4"];
    if (!text.includes(":")) return ["ipv4"];
    return isWildcard(text) && !this.options.get("ipv6Only") ? ["ipv4", "ipv6"] : ["ipv6"];
  }

  /** Takes an IP address and port for `owner`, which is this socket. */
  claimPort<Owner extends PortOwner>(
    owner: Owner,
    table: PortTable<Owner>,
    address: IpAddress,
    mayBind: (text: string) => boolean = () => false,
  ): Binding<Owner> {
    const { text, port, family } = endpointOf(address);
    if (family === "ipv4" && address.family === "ipv6" && this.options.get("ipv6Only")) {
      fail(Code.EINVAL, "bind", address);
    }
    if (!isWildcard(text) && !this.host.owns(text) && !mayBind(text)) {
      fail(Code.EADDRNOTAVAIL, "bind", address);
    }
    const binding = table.claim(owner, text, port, this.coverageOf(text));
    return binding ?? fail(Code.EADDRINUSE, "bind", address);
  }
}

/** Throws the error of a call. */
export function fail(code: number, syscall: string, address?: Address): never {
  throw systemError(code, { syscall, address });
}
