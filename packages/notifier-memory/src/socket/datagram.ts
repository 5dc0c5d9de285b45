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
import { DatagramLoan } from "./loans.js";
import { Memberships } from "./memberships.js";
import type { GroupOption, StoredOption } from "./options.js";
import { fail, Socket } from "./socket.js";

/**
 * What a datagram costs in the receive buffer beside its bytes, so that empty ones are bounded too.
 */
const OVERHEAD_BYTES = 256;
/** The most bytes of a datagram that can be wanted. */
const SIZE_MAX = 65_536;
/** 65,535 less the UDP header, and for IPv4 less its own. */
const LARGEST = { ipv4: 65_507, ipv6: 65_527 } as const;

/** A UDP socket. */
export class DatagramSocket extends Socket {
  readonly #received = new Queue<Datagram>();
  #receivedBytes = 0;
  #binding: Binding<DatagramSocket> | null = null;
  #local: IpAddress | null = null;
  #peer: Endpoint | null = null;
  readonly #memberships = new Memberships();
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
      case Operation.recvMany:
        return this.#receiveMany(pending);
      case Operation.sendMany:
        return this.#sendMany(pending);
      case Operation.accept:
      case Operation.acceptMany:
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

  #receiveMany(pending: Pending): number {
    const { request } = pending;
    if (request.size < 1 || request.size > SIZE_MAX) return -Code.EINVAL;
    if (this.pendingError !== 0) return -this.#takePendingError();
    if (this.#received.length === 0) return this.#readShut ? 0 : PENDING;
    const loan = DatagramLoan.lend(this);
    for (let next = this.#received.peek(); next !== undefined; next = this.#received.peek()) {
      if (!loan.add(next.bytes, request.size, shownTo(this.#family, next.from))) break;
      this.#received.shift();
      this.#receivedBytes -= next.bytes.length + OVERHEAD_BYTES;
      pending.receivedBytes += Math.min(next.bytes.length, request.size);
    }
    request.loan = loan;
    return loan.count;
  }

  #sendMany(pending: Pending): number {
    const { address, addresses = null } = pending.request;
    if (!pending.intact) return -Code.PIKE_BUFFER;
    const count = pending.datagrams;
    while (pending.transferred < count) {
      const index = pending.transferred;
      const given = addresses === null ? address : (addresses[index] as Address | null);
      const size = pending.datagramSize(index);
      const sent = this.#sendOne(given, size, () => pending.copyDatagram(index));
      if (sent < 0) return sent;
      pending.transferred++;
      pending.sentBytes += sent;
    }
    return count;
  }

  #send(pending: Pending, address: Address | null): number {
    if (!pending.intact) return -Code.PIKE_BUFFER;
    const { size } = pending;
    const sent = this.#sendOne(address, size, () => pending.copyNext(size));
    if (sent > 0) pending.transferred = sent;
    return sent;
  }

  #sendOne(address: Address | null, size: number, copy: () => Uint8Array): number {
    if (this.#writeShut) return -Code.EPIPE;
    if (this.pendingError !== 0) return -this.#takePendingError();
    const to = this.#destination(address);
    if (typeof to === "number") return to;
    if (size > LARGEST[to.family]) return -Code.EMSGSIZE;
    const from = this.#source(to);
    if (typeof from === "number") return from;
    sendDatagram(this, { bytes: copy(), from, to });
    return size;
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
    return this.#memberships.hear(group, sender);
  }

  protected changeMembership(name: GroupOption, membership: GroupMembership): void {
    this.#memberships.change(name, membership, this.#family);
  }

  protected optionStored(_name: StoredOption): void {
    // Everything that matters here is looked at when it is needed.
  }
}
