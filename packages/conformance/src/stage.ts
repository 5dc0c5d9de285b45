/**
 * What one case works with: its notifiers, its requests, and pairs of peers.
 *
 * When the case is over the stage closes every notifier and checks what holds for all cases: each
 * request completed exactly once, nothing is pending, no handle and no descriptor is left.
 */
import assert from "node:assert/strict";
import {
  type Address,
  ALL,
  type HandleId,
  type Notifier,
  Operation,
  type SocketType,
  validateAddress,
} from "@pike-io/notifier";
import { type Operands, outcome, Probe } from "./probe.js";
import { type AddressKind, addressOf, type OpenOptions, type Setup, type Side } from "./setup.js";

/** No system's socket buffers hold so many bytes between two peers: 48 MiB. */
export const MORE_THAN_FITS = 50_331_648;

/** Two connected streams: `server` on the near notifier, `client` on the far one. */
export interface Pair {
  readonly server: HandleId;
  readonly client: HandleId;
  readonly listener: HandleId;
  readonly address: Address;
}

/** One case's notifiers and requests. */
export class Stage {
  readonly setup: Setup;
  /** Binds and accepts. */
  readonly near: Notifier;
  /** Connects; the near one itself where a set-up has no other. */
  readonly far: Notifier;
  readonly #opened: Notifier[];
  readonly #probes: Probe[] = [];

  private constructor(setup: Setup, near: Notifier, far: Notifier) {
    this.setup = setup;
    this.near = near;
    this.far = far;
    this.#opened = near === far ? [near] : [near, far];
  }

  /** Opens the notifiers, plays one case, and clears up. */
  static async play(setup: Setup, body: (stage: Stage) => Promise<void>): Promise<void> {
    const near = await setup.open();
    const far = setup.openPeer === undefined ? near : await setup.openPeer();
    const stage = new Stage(setup, near, far);
    try {
      await body(stage);
    } finally {
      await stage.#close();
    }
    stage.#check();
  }

  /** A further notifier, closed at the end. */
  readonly open = async (options?: OpenOptions): Promise<Notifier> => {
    const notifier = await this.setup.open(options);
    this.#opened.push(notifier);
    return notifier;
  };

  /** A free address of an end. */
  address(kind: AddressKind = "ipv4", side: Side = "near"): Address {
    const address = addressOf(this.setup, kind, side);
    assert.ok(address !== null, `the set-up has no ${kind} address`);
    return validateAddress(address);
  }

  /** Starts a request, and remembers it for the check at the end. */
  submit(notifier: Notifier, operation: Operation, handle: HandleId, operands?: Operands): Probe {
    const probe = new Probe(operation, handle, operands);
    this.#probes.push(probe);
    return probe.submit(notifier);
  }

  /** A socket that listens on the near side. */
  listen(
    kind: AddressKind = "ipv4",
    notifier: Notifier = this.near,
    backlog = 128,
  ): { listener: HandleId; address: Address } {
    const listener = notifier.openSocket({ family: familyOf(kind), type: "stream" });
    notifier.bind(listener, this.address(kind));
    notifier.listen(listener, backlog);
    return { listener, address: notifier.localAddress(listener) };
  }

  /** A socket on the far side that is not connected yet. */
  socket(
    kind: AddressKind = "ipv4",
    type: SocketType = "stream",
    notifier: Notifier = this.far,
  ): HandleId {
    return notifier.openSocket({ family: familyOf(kind), type });
  }

  /** A datagram socket bound on an end. */
  datagram(kind: AddressKind = "ipv4", side: Side = "near"): HandleId {
    const notifier = side === "near" ? this.near : this.far;
    const handle = this.socket(kind, "datagram", notifier);
    notifier.bind(handle, this.address(kind, side));
    return handle;
  }

  /** Two connected streams. */
  async pair(kind: AddressKind = "ipv4"): Promise<Pair> {
    const { listener, address } = this.listen(kind);
    return { listener, address, ...(await this.join(listener, address, kind)) };
  }

  /** One more connection to a listener. */
  async join(
    listener: HandleId,
    address: Address,
    kind: AddressKind = "ipv4",
  ): Promise<{ server: HandleId; client: HandleId }> {
    const client = this.socket(kind);
    const accepting = this.submit(this.near, Operation.accept, listener);
    const connecting = this.submit(this.far, Operation.connect, client, { address });
    assert.equal(outcome(await connecting.done), "ok 0", "connect");
    assert.ok((await accepting.done) >= 0, outcome(await accepting.done));
    return { client, server: accepting.accepted };
  }

  /** Reads once. */
  read(notifier: Notifier, handle: HandleId, buffer: Uint8Array, timeoutMs = -1): Probe {
    return this.submit(notifier, Operation.read, handle, { buffer, timeoutMs });
  }

  /** Writes all. */
  writeAll(notifier: Notifier, handle: HandleId, buffer: Uint8Array, timeoutMs = -1): Probe {
    return this.submit(notifier, Operation.write, handle, { buffer, flags: ALL, timeoutMs });
  }

  /** Reads until `count` bytes are there or the stream ends. */
  async readFully(notifier: Notifier, handle: HandleId, count: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(count);
    let filled = 0;
    while (filled < count) {
      const result = await this.read(notifier, handle, bytes.subarray(filled)).done;
      assert.ok(result >= 0, `read: ${outcome(result)}`);
      if (result === 0) break;
      filled += result;
    }
    return bytes.subarray(0, filled);
  }

  /** Asserts that the stream ends, after nothing more. */
  async expectEnd(notifier: Notifier, handle: HandleId): Promise<void> {
    const result = await this.read(notifier, handle, new Uint8Array(16)).done;
    assert.equal(outcome(result), "ok 0", "end of the stream");
  }

  /** Closes one handle. */
  async close(notifier: Notifier, handle: HandleId): Promise<void> {
    const result = await this.submit(notifier, Operation.close, handle).done;
    assert.equal(outcome(result), "ok 0", "close");
  }

  /** Closes a stream so that its peer sees a reset. */
  async reset(notifier: Notifier, handle: HandleId): Promise<void> {
    notifier.setOption(handle, "linger", 0);
    await this.close(notifier, handle);
  }

  /** A write of more than any system holds on the way, begun and unable to end. */
  async stuff(
    notifier: Notifier,
    handle: HandleId,
    bytes: number = MORE_THAN_FITS,
  ): Promise<Probe> {
    const before = notifier.handleCounters(handle).bytesWritten;
    const write = this.writeAll(notifier, handle, new Uint8Array(bytes));
    await until(() => notifier.handleCounters(handle).bytesWritten > before, "a write began");
    assert.equal(write.completions, 0, "the write is pending");
    return write;
  }

  async #close(): Promise<void> {
    // A manual notifier is closed as any other: close() itself delivers what is left.
    for (const notifier of this.#opened) await notifier.close();
  }

  #check(): void {
    for (const notifier of this.#opened) {
      assert.equal(notifier.closed, true, "the notifier says that it is closed");
      assert.equal(notifier.counters.pending, 0, "requests pending after close()");
      assert.equal(notifier.counters.handles, 0, "handles open after close()");
    }
    for (const probe of this.#probes) probe.check();
  }
}

/** The family that an address of a kind belongs to. */
export function familyOf(kind: AddressKind): "ipv4" | "ipv6" | "unix" {
  return kind === "abstract" ? "unix" : kind;
}

/** Bytes that differ from place to place, so that a lost or doubled one shows. */
export function pattern(count: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < count; i++) {
    // A linear congruential step; only its high byte is used.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Equality of bytes that says where they differ, not all of what they are. */
export function assertBytes(found: Uint8Array, expected: Uint8Array, what = "bytes"): void {
  assert.equal(found.byteLength, expected.byteLength, `${what}: count`);
  for (let i = 0; i < expected.byteLength; i++) {
    if (found[i] !== expected[i]) {
      assert.fail(`${what}: byte ${i} is ${found[i]}, expected ${expected[i]}`);
    }
  }
}

/**
 * Lets everything run that can run now: promise continuations and one turn of the runtime's loop.
 */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Takes turns until something holds; a case that would wait for ever fails with its name. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turns = 0; turns < 1_000_000; turns++) {
    if (holds()) return;
    await turn();
  }
  assert.fail(`never came about: ${what}`);
}
