/**
 * UDP sockets: datagrams that arrive whole, twice, late or not at all. See udp(7).
 *
 * Received datagrams are copies, held in a bounded queue; what doesn't fit is dropped, as a kernel
 * does.
 */
import {
  type Address,
  Code,
  type Direction,
  type GroupMembership,
  type IpAddress,
  Operation,
  PENDING,
  PikeError,
  parseIpv4,
  parseIpv6,
  READABLE,
  WRITABLE,
} from "@pike-io/notifier";
import type { Pending } from "../host/pending.js";
import type { Binding } from "../host/ports.js";
import { Queue } from "../queue.js";
import { type Datagram, sendDatagram } from "./delivery.js";
import {
  anyAddress,
  destinationOf,
  type Endpoint,
  endpointOf,
  isBroadcast,
  isMulticast,
  isWildcard,
  shownTo,
} from "./endpoint.js";
import type { GroupOption, StoredOption } from "./options.js";
import { fail, Socket } from "./socket.js";

/**
 * What a datagram costs in the receive buffer beside its bytes, so that empty ones are bounded too.
 */
const OVERHEAD_BYTES = 256;
/** 65,535 less the UDP header, and for IPv4 less its own. */
const LARGEST = { ipv4: 65_507, ipv6: 65_527 } as const;

/** A UDP socket. */
export class DatagramSocket extends Socket {
  readonly #received = new Queue<Datagram>();
  #receivedBytes = 0;
  #binding: Binding<DatagramSocket> | null = null;
  #local: IpAddress | null = null;
  #peer: Endpoint | null = null;
  readonly #groups = new Set<string>();
  #readShut = false;
  #writeShut = false;

  get listening(): boolean {
    return false;
  }

  /** Whom it is connected to. */
  get peer(): Endpoint | null {
    return this.#peer;
  }

  protected get isBound(): boolean {
    return this.#local !== null;
  }

  get #family(): IpAddress["family"] {
    return this.options.family as IpAddress["family"];
  }

  bind(address: Address): void {
    if (address.family !== this.#family) fail(Code.EAFNOSUPPORT, "bind", address);
    if (this.#local !== null) fail(Code.EINVAL, "bind", address);
    const passing = (text: string): boolean => isMulticast(text) || isBroadcast(text);
    const ip = address as IpAddress;
    this.#binding = this.claimPort<DatagramSocket>(this, this.host.udp, ip, passing);
    this.#local = { ...ip, port: this.#binding.port };
  }

  #bindAnywhere(): void {
    if (this.#local !== null) return;
    this.bind(anyAddress(this.#family));
  }

  listen(): void {
    fail(Code.EOPNOTSUPP, "listen");
  }

  shutdown(direction: Direction): void {
    if (this.#peer === null) fail(Code.ENOTCONN, "shutdown");
    if (direction !== "write") this.#readShut = true;
    if (direction !== "read") this.#writeShut = true;
    this.onChange();
  }

  localAddress(): Address {
    return this.#local ?? anyAddress(this.#family);
  }

  peerAddress(): Address {
    if (this.#peer === null) return fail(Code.ENOTCONN, "getpeername");
    return shownTo(this.#family, this.#peer);
  }

  attempt(pending: Pending): number {
    const { operation, address } = pending.request;
    switch (operation) {
      case Operation.read:
      case Operation.recvFrom:
        return this.#receive(pending);
      case Operation.write:
        return this.#send(pending, null);
      case Operation.sendTo:
        return this.#send(pending, address);
      case Operation.connect:
        return address === null ? -Code.EDESTADDRREQ : this.#connect(address);
      case Operation.accept:
        return -Code.EOPNOTSUPP;
      default:
        return -Code.EINVAL;
    }
  }

  #receive(pending: Pending): number {
    if (this.pendingError !== 0) return -this.#takePendingError();
    if (!pending.intact) return -Code.PIKE_BUFFER;
    const datagram = this.#received.shift();
    if (datagram === undefined) return this.#readShut ? 0 : PENDING;
    const { bytes, from } = datagram;
    this.#receivedBytes -= bytes.length + OVERHEAD_BYTES;
    const size = Math.min(bytes.length, pending.capacity);
    let offset = 0;
    pending.give(size, (target) => {
      target.set(bytes.subarray(offset, offset + target.length));
      offset += target.length;
    });
    pending.request.truncated = size < bytes.length;
    pending.request.address = shownTo(this.#family, from);
    return size;
  }

  #send(pending: Pending, address: Address | null): number {
    if (this.#writeShut) return -Code.EPIPE;
    if (this.pendingError !== 0) return -this.#takePendingError();
    if (!pending.intact) return -Code.PIKE_BUFFER;
    const to = this.#destination(address);
    if (typeof to === "number") return to;
    if (pending.size > LARGEST[to.family]) return -Code.EMSGSIZE;
    const from = this.#source(to);
    if (typeof from === "number") return from;
    const bytes = pending.copyNext(pending.size);
    sendDatagram(this, { bytes, from, to });
    pending.transferred = bytes.length;
    return bytes.length;
  }

  /** Where a datagram goes, or the negated code for what is wrong with that. */
  #destination(address: Address | null): Endpoint | number {
    if (address === null) return this.#peer ?? -Code.EDESTADDRREQ;
    if (address.family !== this.#family) return -Code.EAFNOSUPPORT;
    const to = destinationOf(endpointOf(address as IpAddress));
    if (to.port === 0) return -Code.EINVAL;
    if (to.family !== address.family && this.options.get("ipv6Only")) return -Code.ENETUNREACH;
    if (isBroadcast(to.text) && !this.options.get("broadcast")) return -Code.EACCES;
    return to;
  }

  /** Where it comes from; binds a socket that isn't bound yet. */
  #source(to: Endpoint): Endpoint | number {
    const { family } = to;
    const chosen = this.host.sourceFor(to);
    if (chosen === null) return -Code.ENETUNREACH;
    try {
      this.#bindAnywhere();
    } catch {
      // Every ephemeral port is in use. See ip(7).
      return -Code.EAGAIN;
    }
    const bound = endpointOf(this.#local as IpAddress);
    const own = isWildcard(bound.text) || isMulticast(bound.text) || isBroadcast(bound.text);
    return { family, text: own ? chosen : bound.text, port: bound.port, scope: 0 };
  }

  #connect(address: Address): number {
    const to = this.#destination(address);
    if (typeof to === "number") return to;
    const from = this.#source(to);
    if (typeof from === "number") return from;
    this.#peer = to;
    this.#local = { ...(this.#local as IpAddress), ...shownTo(this.#family, from) };
    return 0;
  }

  #takePendingError(): number {
    const code = this.pendingError;
    this.pendingError = 0;
    return code;
  }

  /** How well a sender fits: a connected socket hears only its peer, and before the others. */
  rank(from: Endpoint): number {
    if (this.#peer === null) return 1;
    return this.#peer.text === from.text && this.#peer.port === from.port ? 2 : 0;
  }

  /** A datagram has arrived. */
  deliver(datagram: Datagram): void {
    if (this.#receivedBytes > this.options.get("receiveBuffer") || this.#readShut) return;
    this.#received.push(datagram);
    this.#receivedBytes += datagram.bytes.length + OVERHEAD_BYTES;
    this.onChange();
  }

  /** What was sent to `to` found nobody: a connected socket's next call says so. See udp(7). */
  refused(to: Endpoint, code: number): void {
    if (this.#peer?.text !== to.text || this.#peer.port !== to.port) return;
    this.pendingError = code;
    this.onChange();
  }

  readiness(): number {
    const readable = this.#received.length > 0 || this.pendingError !== 0 || this.#readShut;
    return (readable ? READABLE : 0) | WRITABLE;
  }

  close(): void {
    if (this.#binding !== null) this.host.udp.release(this.#binding);
    this.#binding = null;
    this.#peer = null;
    this.#received.drain();
  }

  /** Whether it joined a group, for every sender or for this one. */
  hears(group: string, sender: string): boolean {
    return (
      this.#groups.has(membershipKey(group, null)) || this.#groups.has(membershipKey(group, sender))
    );
  }

  protected changeMembership(name: GroupOption, membership: GroupMembership): void {
    const { group, source } = membership;
    const parse = this.#family === "ipv4" ? parseIpv4 : parseIpv6;
    if (typeof group !== "string") throw PikeError.type(`${name}: group must be a string`);
    if (parse(group) === null || !isMulticast(group)) fail(Code.EINVAL, `setsockopt ${name}`);
    const key = membershipKey(group, source ?? null);
    const joined = this.#groups.has(key);
    if (name === "joinGroup") {
      if (joined) fail(Code.EADDRINUSE, "setsockopt joinGroup");
      this.#groups.add(key);
    } else if (!this.#groups.delete(key)) {
      fail(Code.EADDRNOTAVAIL, "setsockopt leaveGroup");
    }
  }

  protected optionStored(_name: StoredOption): void {
    // Everything that matters here is looked at when it is needed.
  }
}

function membershipKey(group: string, source: string | null): string {
  return source === null ? group : `${group} ${source}`;
}
