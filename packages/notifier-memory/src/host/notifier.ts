/**
 * The notifier of one host in the network: the contract's face over the reactor and the sockets.
 *
 * The plain functions check the handle and hand on; what can wait goes through the reactor. Buffers
 * stay their callers'; bytes in the network are copies.
 */
import {
  type Address,
  Allocations,
  type BindOptions,
  Code,
  type Direction,
  type EventMode,
  type HandleCounters,
  type HandleId,
  type ListenOptions,
  type Notifier,
  type NotifierCounters,
  type OptionName,
  PikeError,
  type Poster,
  type Request,
  type SocketKind,
  type SocketOptions,
  systemError,
} from "@pike-io/notifier";
import { EventQueue, post } from "../event.js";
import { oneOf, whole } from "../settings.js";
import { SignalQueue } from "../signal.js";
import { DatagramSocket } from "../socket/datagram.js";
import { OptionStore } from "../socket/options.js";
import type { Socket } from "../socket/socket.js";
import { StreamSocket } from "../socket/stream.js";
import type { Handle } from "./handle.js";
import type { Host } from "./host.js";
import { Contracted } from "./manifest.js";
import { type RaisedSignal, raise, waitedSignals } from "./raise.js";
import { Reactor, type ReactorSurroundings } from "./reactor.js";
import type { Resource } from "./resource.js";

/** A notifier in memory. `MemoryNetwork.host` makes it. */
export class MemoryNotifier extends Contracted implements Notifier {
  readonly backend = "memory";
  readonly reason = "a network in memory, asked for by name";
  readonly attached: boolean;
  readonly #host: Host;
  readonly #uid: number;
  readonly #surroundings: ReactorSurroundings;
  readonly #reactor: Reactor;
  readonly #allocations = new Allocations();

  /** Made by `MemoryNetwork.host`. */
  constructor(host: Host, uid: number, surroundings: ReactorSurroundings) {
    super();
    this.#host = host;
    this.#uid = uid;
    this.#surroundings = surroundings;
    this.#reactor = new Reactor(surroundings);
    this.attached = surroundings.loop !== null;
  }

  /** The host's addresses, without 127.0.0.1 and ::1. */
  get addresses(): readonly string[] {
    return this.#host.addresses;
  }

  get closed(): boolean {
    return this.#reactor.closed;
  }

  get counters(): NotifierCounters {
    const { totals, handles, interest } = this.#reactor;
    const none = { crossings: 0, stale: 0, kernelEntries: 0 };
    return { ...totals, ...none, handles: handles.count, pending: interest.count };
  }

  openSocket(kind: SocketKind): HandleId {
    this.#requireOpen("openSocket");
    const family = oneOf(kind.family, "family", ["ipv4", "ipv6", "unix"]);
    const type = oneOf(kind.type, "type", ["stream", "datagram"]);
    if (family === "unix" && type === "datagram") {
      throw systemError(Code.PIKE_UNSUPPORTED, {
        syscall: "socket",
        detail: "Unix datagram sockets (S5) are not in the network in memory",
      });
    }
    const options = new OptionStore(family, type, this.#host.medium.settings.socketBuffer);
    if (type === "datagram") return this.#reactor.open(new DatagramSocket(this.#host, options));
    return this.#reactor.open(new StreamSocket(this.#host, options, this.#uid));
  }

  /** PIKE_UNSUPPORTED: there are no descriptors here. */
  adopt(_fd: number): HandleId {
    this.#requireOpen("adopt");
    throw unsupported("adopt");
  }

  openSignal(names: readonly string[]): HandleId {
    this.#requireOpen("openSignal");
    const numbers = waitedSignals(names);
    return this.#open(() => new SignalQueue(this.#host, numbers));
  }

  openEvent(mode: EventMode): HandleId {
    this.#requireOpen("openEvent");
    oneOf(mode, "mode", ["coalescing", "counting", "semaphore"]);
    return this.#open(() => new EventQueue(mode));
  }

  /** A resource that others know of is made only when it gets a handle. */
  #open(make: () => Resource): HandleId {
    this.#reactor.requireRoom();
    return this.#reactor.open(make());
  }

  submit(request: Request): number {
    return this.#reactor.submit(request);
  }

  cancel(request: Request): void {
    this.#reactor.cancel(request);
  }

  bind(handle: HandleId, address: Address, options: BindOptions = {}): void {
    this.#socket(handle, "bind").bind(address, options);
  }

  listen(handle: HandleId, backlog: number, options: ListenOptions = {}): void {
    const socket = this.#socket(handle, "listen");
    socket.listen(whole(backlog, "backlog", 0, 65_535), options, this.#uid);
  }

  shutdown(handle: HandleId, direction: Direction): void {
    const socket = this.#socket(handle, "shutdown");
    socket.shutdown(oneOf(direction, "direction", ["read", "write", "both"]));
  }

  localAddress(handle: HandleId): Address {
    return this.#socket(handle, "getsockname").localAddress();
  }

  peerAddress(handle: HandleId): Address {
    return this.#socket(handle, "getpeername").peerAddress();
  }

  getOption<Name extends OptionName>(handle: HandleId, name: Name): SocketOptions[Name] {
    return this.#socket(handle, "getsockopt").getOption(name) as SocketOptions[Name];
  }

  setOption<Name extends OptionName>(
    handle: HandleId,
    name: Name,
    value: SocketOptions[Name],
  ): void {
    this.#socket(handle, "setsockopt").setOption(name, value);
  }

  /** PIKE_UNSUPPORTED: there is no system whose numbers could be meant. */
  getRawOption(handle: HandleId, _level: number, _name: number, _size: number): Uint8Array {
    this.#socket(handle, "getsockopt");
    throw unsupported("getRawOption");
  }

  /** PIKE_UNSUPPORTED, as `getRawOption`. */
  setRawOption(handle: HandleId, _level: number, _name: number, _value: Uint8Array): void {
    this.#socket(handle, "setsockopt");
    throw unsupported("setRawOption");
  }

  allocate(bytes: number): Uint8Array {
    this.#requireOpen("allocate");
    return this.#allocations.allocate(bytes);
  }

  fd(handle: HandleId): number {
    this.#handle(handle, "fd");
    return -1;
  }

  setRef(handle: HandleId, keepsAlive: boolean): void {
    this.#reactor.interest.setHandleRef(this.#handle(handle, "setRef"), keepsAlive);
  }

  handleCounters(handle: HandleId): HandleCounters {
    const { totals, reads, writes } = this.#handle(handle, "handleCounters");
    return { ...totals, readQueue: reads.length, writeQueue: writes.length };
  }

  poster(handle: HandleId): Poster {
    const { poster } = this.#handle(handle, "poster").resource;
    if (poster === null) throw systemError(Code.EINVAL, { syscall: "poster" });
    return poster;
  }

  /**
   * Reaches the events of every notifier of this package in this thread; none of another thread.
   */
  post(poster: Poster, count: number): void {
    this.#requireOpen("post");
    if (typeof poster !== "object" || poster === null) {
      throw PikeError.type("post: the poster must be what poster() gave");
    }
    post(poster, whole(count, "count", 1, 0xffff_ffff));
  }

  /**
   * Lets something happen to every waiter on this notifier's host: a signal by name, with its
   * sender. Returns how many handles wait for it. EINVAL for a signal that cannot be waited for.
   */
  raise(name: string, sender: RaisedSignal = {}): number {
    this.#requireOpen("raise");
    return raise(this.#host, name, sender);
  }

  /**
   * Moves the fake clock, up to `timeoutMs` from now, until a request of this notifier has
   * completed. With −1 and nothing due it throws PIKE_STATE instead of waiting for ever.
   */
  poll(timeoutMs: number): number {
    this.#requireOpen("poll");
    if (typeof timeoutMs !== "number") throw PikeError.type("poll: timeoutMs must be a number");
    if (timeoutMs !== -1 && !(timeoutMs >= 0 && timeoutMs <= 0x7fff_ffff)) {
      throw PikeError.range(`poll: timeoutMs must be -1, or 0 to 2147483647, not ${timeoutMs}`);
    }
    if (this.attached) throw wrongState("the runtime's loop drives this notifier");
    if (this.#reactor.delivering) throw wrongState("completions are being delivered");
    const { timeline } = this.#surroundings;
    const limit = timeoutMs === -1 ? Number.POSITIVE_INFINITY : timeline.now + Math.ceil(timeoutMs);
    for (;;) {
      timeline.runDue();
      const count = this.#reactor.turn();
      if (count > 0) return count;
      if (timeline.jump(limit)) continue;
      if (timeoutMs === -1) throw wrongState("nothing will ever happen in this network");
      timeline.moveTo(limit);
      return 0;
    }
  }

  ref(): void {
    this.#reactor.interest.setRef(true);
  }

  unref(): void {
    this.#reactor.interest.setRef(false);
  }

  close(): Promise<void> {
    return this.#reactor.close();
  }

  #requireOpen(syscall: string): void {
    if (this.closed) throw new PikeError("PIKE_CLOSED", `${syscall}: the notifier was closed`);
  }

  #handle(id: HandleId, syscall: string): Handle {
    this.#requireOpen(syscall);
    const handle = this.#reactor.handles.get(id);
    if (handle === undefined) throw systemError(Code.PIKE_STALE, { syscall });
    if (handle.closing) {
      throw new PikeError("PIKE_CLOSED", `${syscall}: the handle is being closed`, { syscall });
    }
    return handle;
  }

  #socket(id: HandleId, syscall: string): Socket {
    const { socket } = this.#handle(id, syscall).resource;
    if (socket === null) throw systemError(Code.ENOTSOCK, { syscall });
    return socket;
  }
}

function unsupported(name: string): PikeError {
  const detail = "the network in memory has no descriptors and no system beneath it";
  return systemError(Code.PIKE_UNSUPPORTED, { syscall: name, detail });
}

function wrongState(why: string): PikeError {
  return systemError(Code.PIKE_STATE, { syscall: "poll", detail: why });
}
