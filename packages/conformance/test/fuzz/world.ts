/** What the random calls work on: notifiers, sockets, events and descriptors, all of our own. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync } from "node:fs";
import { Event } from "@pike-io/event";
import type { Handle } from "@pike-io/handle";
import type { Address, Notifier } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { Signal } from "@pike-io/signal";
import { type Batch, type Listener, Socket } from "@pike-io/socket";
import { bytes, junk, type Random } from "./values.js";
import { stage } from "./windows.js";

/** How many of each kind are kept; the oldest makes room. */
const KEPT = 24;

/** Everything that a run has. */
export class World {
  readonly random: Random;
  readonly isNative: boolean;
  readonly main: Notifier;
  readonly notifiers: Notifier[] = [];
  readonly sockets: Socket[] = [];
  readonly listeners: Listener[] = [];
  readonly handles: Handle[] = [];
  readonly events: Event[] = [];
  readonly signals: Signal[] = [];
  readonly controllers: AbortController[] = [];
  readonly buffers: Uint8Array[] = [];
  readonly iterators: AsyncIterator<unknown>[] = [];
  readonly steps: AsyncIterator<Batch, undefined>[] = [];
  readonly batches: Batch[] = [];
  /** Where somebody listened, or still does. */
  readonly addresses: Address[] = [];
  /** Descriptors that we made, that nobody else has, and that no notifier has. */
  readonly descriptors: Set<number> = new Set();
  readonly network: MemoryNetwork = new MemoryNetwork({ clock: "auto" });
  #names = 0;

  constructor(random: Random, isNative: boolean) {
    this.random = random;
    this.isNative = isNative;
    this.main = this.open("attached");
    this.notifiers.push(this.main);
  }

  /** One more notifier of the kind in question. */
  open(drive: "attached" | "manual"): Notifier {
    return this.isNative ? openNotifier({ drive }) : this.network.host("10.0.0.1", { drive });
  }

  /** Keeps something, and lets go of the oldest. */
  keep<Value>(list: Value[], value: Value, letGo: (old: Value) => void = () => {}): Value {
    list.push(value);
    if (list.length > KEPT) letGo(list.shift() as Value);
    return value;
  }

  /** A notifier: nearly always one that works. */
  notifier(): Notifier {
    if (this.random.chance(0.05)) return this.wrong<Notifier>();
    return this.random.chance(0.7) ? this.main : this.random.pick(this.notifiers);
  }

  socket(): Socket {
    if (this.sockets.length === 0 || this.random.chance(0.1)) this.newSocket();
    return this.random.pick(this.sockets);
  }

  newSocket(): Socket {
    const [family, type] = this.random.pick([
      ["ipv4", "stream"],
      ["ipv6", "stream"],
      ["unix", "stream"],
      ["ipv4", "datagram"],
      ["ipv6", "datagram"],
    ] as const);
    const socket = Socket.open(family, type);
    if (this.random.chance(0.9)) socket.registerTo(this.main);
    return this.keep(this.sockets, socket, (old) => void old.close());
  }

  /** A socket or another handle. */
  handle(): Handle {
    if (this.handles.length > 0 && this.random.chance(0.3)) return this.random.pick(this.handles);
    return this.socket();
  }

  /** Memory: the caller's own, kept so that it can be taken away later. */
  buffer(): Uint8Array {
    if (this.random.chance(0.05)) return this.wrong<Uint8Array>();
    const found = bytes(this.random);
    return this.keep(this.buffers, found);
  }

  buffersList(): Uint8Array[] {
    if (this.random.chance(0.05)) return this.wrong<Uint8Array[]>();
    return Array.from({ length: this.random.below(5) }, () => this.buffer());
  }

  /** An address of ours: nothing outside this machine is ever called. */
  address(): Address {
    const { random } = this;
    if (random.chance(0.05)) return this.wrong<Address>();
    if (this.addresses.length > 0 && random.chance(0.75)) return random.pick(this.addresses);
    return random.pick<() => Address>([
      () => ({ family: "ipv4", address: "127.0.0.1", port: 0 }),
      () => ({ family: "ipv6", address: "::1", port: 0 }),
      () => ({ family: "unix", path: `${++this.#names}.sock` }),
      () => ({ family: "unix", abstract: `pike-fuzz-${process.pid}-${++this.#names}` }),
      () => ({ family: "unix", path: random.pick(["a.sock", "b.sock", ".", "no/such.sock"]) }),
    ])();
  }

  /** Options of one operation: none, right or wrong. */
  options(): { signal?: AbortSignal; timeoutMs?: number } | undefined {
    const { random } = this;
    if (random.chance(0.4)) return undefined;
    if (random.chance(0.05)) return this.wrong();
    const options: { signal?: AbortSignal; timeoutMs?: number } = {};
    if (random.chance(0.5)) options.timeoutMs = random.pick([0, 1, 2, 5, 0.3]);
    if (random.chance(0.5)) options.signal = this.controller().signal;
    if (random.chance(0.03)) options.timeoutMs = this.wrong();
    if (random.chance(0.03)) options.signal = this.wrong();
    return options;
  }

  controller(): AbortController {
    if (this.controllers.length > 0 && this.random.chance(0.5)) {
      return this.random.pick(this.controllers);
    }
    return this.keep(this.controllers, new AbortController());
  }

  /** A value that is hardly ever of the type wanted. */
  wrong<Value>(): Value {
    return junk(this.random) as Value;
  }

  /** A descriptor of our own to adopt, or a number that is none. */
  descriptor(): number {
    if (this.random.chance(0.2)) return this.wrong<number>();
    if (this.random.chance(0.1)) return 1_000_001;
    if (this.descriptors.size === 0) this.openPipe();
    return this.random.pick([...this.descriptors]);
  }

  /** Closes everything. */
  async close(): Promise<void> {
    await Promise.all(this.notifiers.map((notifier) => notifier.close()));
    for (const fd of this.descriptors) stage === null ? closeSync(fd) : stage.close(fd);
  }

  /** Opens a pipe whose ends can be adopted. */
  openPipe(): void {
    if (stage !== null) {
      for (const handle of stage.pipe(0)) this.descriptors.add(handle);
      return;
    }
    const path = `${++this.#names}.fifo`;
    execFileSync("mkfifo", [path]);
    const flags = constants.O_NONBLOCK;
    this.descriptors.add(openSync(path, constants.O_RDONLY | flags));
    this.descriptors.add(openSync(path, constants.O_WRONLY | flags));
    rmSync(path);
  }
}

/** An event or a signal handle on a notifier, for who has the types only here. */
export const openings = {
  event: (notifier: Notifier, mode: "coalescing" | "counting" | "semaphore"): Event =>
    Event.open(notifier, { mode }),
  signal: (notifier: Notifier, names: never): Signal => Signal.open(notifier, names),
};
