/**
 * Stream sockets: TCP over IPv4 and IPv6, and Unix streams by path and abstract name.
 *
 * A socket is idle, connecting, connected or listening. What happens on the wire is its end's or
 * its backlog's; here are the calls, with the errors that Linux gives. See tcp(7), unix(7).
 */
import {
  type Address,
  ALL,
  type BindOptions,
  Code,
  type Direction,
  type ListenOptions,
  Operation,
  PENDING,
  READABLE,
  WRITABLE,
} from "@pike-io/notifier";
import type { Host } from "../host/host.js";
import type { NameOwner } from "../host/names.js";
import type { Pending } from "../host/pending.js";
import type { BufferSizes, End } from "../wire/end.js";
import { Connector } from "./connector.js";
import { anyAddress, type IpFamily } from "./endpoint.js";
import { type Arrival, Listener } from "./listener.js";
import type { OptionStore, StoredOption } from "./options.js";
import { Place } from "./place.js";
import { fail, Socket } from "./socket.js";

/** A stream socket. */
export class StreamSocket extends Socket implements NameOwner {
  /** Its port or name. */
  readonly place: Place = new Place(this);
  #peer: Address | null = null;
  #connector: Connector | null = null;
  #end: End | null = null;
  #listener: Listener | null = null;

  /** The user that its notifier runs as. */
  readonly uid: number;

  constructor(host: Host, options: OptionStore, uid: number) {
    super(host, options);
    this.uid = uid;
  }

  get isUnix(): boolean {
    return this.options.family === "unix";
  }

  get listening(): boolean {
    return this.#listener !== null;
  }

  get backlogFull(): boolean {
    return this.#listener?.full === true;
  }

  get listener(): Listener | null {
    return this.#listener;
  }

  /** What its connections may hold. */
  get bufferSizes(): BufferSizes {
    return { send: this.options.get("sendBuffer"), receive: this.options.get("receiveBuffer") };
  }

  protected get isBound(): boolean {
    return this.place.shown !== null;
  }

  bind(address: Address, options: BindOptions): void {
    if (address.family !== this.options.family) fail(Code.EAFNOSUPPORT, "bind", address);
    if (this.isBound || this.#end !== null) fail(Code.EINVAL, "bind", address);
    this.place.bind(address, options);
  }

  listen(backlog: number, options: ListenOptions, ownUid: number): void {
    if (this.#listener !== null) {
      this.#listener.resize(backlog);
      return;
    }
    if (this.#end !== null || this.#connector?.busy) fail(Code.EINVAL, "listen");
    if (!this.isBound) this.place.bindAnywhere();
    this.place.requireFree();
    const allowUid = options.allowUid === undefined ? ownUid : options.allowUid;
    this.#listener = new Listener(backlog, this.place.isAbstract ? allowUid : null, () =>
      this.onChange(),
    );
  }

  /** Puts a connection into the backlog. On an abstract name, other users' are closed instead. */
  admit(arrival: Arrival, peerUid: number = this.uid): void {
    const allowed = this.#listener?.allowUid ?? null;
    if (this.#listener === null || (allowed !== null && allowed !== peerUid))
      arrival.end.close(false);
    else this.#listener.add(arrival);
  }

  shutdown(direction: Direction): void {
    if (this.#listener !== null) {
      if (direction !== "write") this.#stopListening();
      return;
    }
    if (this.#end === null || this.#end.failure !== 0) fail(Code.ENOTCONN, "shutdown");
    if (direction !== "read") this.#end.shutWrite();
    if (direction !== "write") this.#end.shutRead();
  }

  #stopListening(): void {
    this.#listener?.close();
    this.#listener = null;
    this.onChange();
  }

  localAddress(): Address {
    const { family } = this.options;
    return this.place.shown ?? (family === "unix" ? { family, path: "" } : anyAddress(family));
  }

  peerAddress(): Address {
    const connected = this.#end !== null && this.#end.failure === 0;
    return connected && this.#peer !== null ? this.#peer : fail(Code.ENOTCONN, "getpeername");
  }

  attempt(pending: Pending): number {
    switch (pending.request.operation) {
      case Operation.read:
      case Operation.recvFrom:
        return this.#read(pending);
      case Operation.write:
        return this.#write(pending);
      case Operation.sendTo:
        return this.#end === null ? -Code.EOPNOTSUPP : -Code.EISCONN;
      case Operation.accept:
      case Operation.acceptMany:
        return this.#accept(pending);
      case Operation.connect:
        return this.#connect(pending);
      default:
        return -Code.EINVAL;
    }
  }

  #read(pending: Pending): number {
    const end = this.#end;
    if (end === null) return this.#connector?.busy ? PENDING : -Code.ENOTCONN;
    if (!pending.intact) return -Code.PIKE_BUFFER;
    if (pending.capacity === 0) return 0;
    if (this.#mayRead(end)) {
      const size = this.#shortened(Math.min(pending.capacity, end.received.length), "shortReads");
      pending.give(size, (target) => end.received.read(target));
      pending.request.address = null;
      end.acknowledge(size);
      return size;
    }
    if (end.finished) return 0;
    if (end.failure !== 0) return this.#told(-end.failure);
    return end.readShut || end.dead ? 0 : PENDING;
  }

  /** Bytes are there, and as many as the socket waits for unless no more will come. */
  #mayRead(end: End): boolean {
    const enough = Math.min(this.options.get("receiveLowWater"), end.sizes.receive);
    const ended = end.finished || end.dead || end.readShut;
    return end.received.length >= (ended ? 1 : enough);
  }

  #write(pending: Pending): number {
    const end = this.#end;
    if (end === null) {
      if (this.#connector?.busy) return PENDING;
      return this.isUnix ? -Code.ENOTCONN : -Code.EPIPE;
    }
    for (;;) {
      if (end.unwritable) return this.#told(-end.takeWriteError());
      if (!pending.intact) return -Code.PIKE_BUFFER;
      const left = pending.size - pending.transferred;
      if (left === 0) return pending.transferred;
      if (end.room === 0) return PENDING;
      const bytes = pending.copyNext(this.#shortened(Math.min(left, end.room), "shortWrites"));
      pending.transferred += bytes.length;
      end.send(bytes);
      if ((pending.request.flags & ALL) === 0) return pending.transferred;
    }
  }

  #shortened(size: number, hazard: "shortReads" | "shortWrites"): number {
    const { random, settings } = this.host.medium;
    if (size < 2 || !random.chance(settings[hazard])) return size;
    return random.between(1, size - 1);
  }

  #accept(pending: Pending): number {
    if (this.#listener === null) return -Code.EINVAL;
    const arrival = this.#listener.take();
    if (arrival === undefined) return PENDING;
    const socket = new StreamSocket(this.host, this.options.clone(), this.uid);
    socket.place.shareWith(this.place, arrival.local);
    socket.connected(arrival.end, arrival.peer);
    pending.accepted = socket;
    pending.request.address = arrival.peer;
    return 0;
  }

  #connect(pending: Pending): number {
    if (this.#connector?.request === pending) return this.#told(this.#connector.outcome);
    if (this.#connector?.busy) return -Code.EALREADY;
    if (this.#end !== null) return -Code.EISCONN;
    if (this.#listener !== null) return this.isUnix ? -Code.EINVAL : -Code.EISCONN;
    this.#connector = new Connector(this, pending);
    return this.#told(this.#connector.start());
  }

  /** What a request reports is no pending error any more. */
  #told(result: number): number {
    if (result !== PENDING) this.pendingError = 0;
    return result;
  }

  /** Connected, or accepted: this end is the socket's from now on. */
  connected(end: End, peer: Address): void {
    this.#peer = peer;
    this.#end = end;
    Object.assign(end.sizes, this.bufferSizes);
    end.onChange = () => {
      if (end.failure !== 0) this.pendingError = end.failure;
      this.onChange();
    };
  }

  /** Connecting failed with this code. */
  unconnected(code: number): void {
    this.pendingError = code;
  }

  readiness(): number {
    if (this.#listener !== null) return this.#listener.length > 0 ? READABLE : 0;
    const end = this.#end;
    if (end === null) return this.#connector?.busy ? 0 : READABLE | WRITABLE;
    const ended = end.finished || end.dead || end.readShut;
    const readable = ended || this.#mayRead(end) ? READABLE : 0;
    return readable | (end.unwritable || end.room > 0 ? WRITABLE : 0);
  }

  close(): void {
    this.#listener?.close();
    this.#listener = null;
    this.#connector?.cancel();
    this.#end?.close(!this.isUnix && this.options.get("linger") === 0);
    this.#end = null;
    this.place.release();
  }

  protected changeMembership(): void {
    fail(Code.ENOPROTOOPT, "setsockopt");
  }

  protected optionStored(name: StoredOption): void {
    if (this.#end === null) return;
    if (name === "sendBuffer") this.#end.sizes.send = this.options.get(name);
    if (name === "receiveBuffer") this.#end.sizes.receive = this.options.get(name);
    this.onChange();
  }

  /** Whether it may speak this family. */
  speaks(family: IpFamily): boolean {
    if (this.options.family !== "ipv6") return this.options.family === family;
    return family === "ipv6" || !this.options.get("ipv6Only");
  }
}
