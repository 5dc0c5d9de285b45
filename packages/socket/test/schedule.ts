/**
 * A schedule of what two peers do to each other over a network in memory, and the account of it:
 * what each write moved, what each read received.
 */
import type { PikeError } from "@pike-io/notifier";
import { MemoryNetwork, type NetworkOptions } from "@pike-io/notifier-memory";
import { connect, listen, type Socket } from "@pike-io/socket";
import fc from "fast-check";
import { pattern } from "./peers.js";

/** One thing that happens. */
export type Step =
  | { readonly does: "write"; readonly side: 0 | 1; readonly size: number; readonly ms: number }
  | { readonly does: "writev"; readonly side: 0 | 1; readonly sizes: readonly number[] }
  | { readonly does: "read"; readonly side: 0 | 1; readonly size: number; readonly ms: number }
  | { readonly does: "readv"; readonly side: 0 | 1; readonly sizes: readonly number[] }
  | { readonly does: "chunk"; readonly side: 0 | 1; readonly size: number }
  | { readonly does: "giveUp"; readonly index: number }
  | { readonly does: "shutdown" | "close" | "abort"; readonly side: 0 | 1 }
  | { readonly does: "advance"; readonly ms: number }
  | { readonly does: "partition" | "heal" | "reset" };

const side = fc.constantFrom(0 as const, 1 as const);
const ms = fc.oneof({ weight: 4, arbitrary: fc.constant(-1) }, fc.integer({ min: 0, max: 40 }));
const sizes = fc.array(fc.integer({ min: 1, max: 3_000 }), { minLength: 1, maxLength: 4 });

/** Steps as a program would take them: mostly bytes, now and then an end. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant("write" as const),
        side,
        size: fc.integer({ min: 1, max: 20_000 }),
        ms,
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("writev" as const), side, sizes }) },
    {
      weight: 8,
      arbitrary: fc.record({
        does: fc.constant("read" as const),
        side,
        size: fc.integer({ min: 1, max: 8_000 }),
        ms,
      }),
    },
    { weight: 2, arbitrary: fc.record({ does: fc.constant("readv" as const), side, sizes }) },
    {
      weight: 3,
      arbitrary: fc.record({
        does: fc.constant("chunk" as const),
        side,
        size: fc.integer({ min: 1, max: 65_536 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({ does: fc.constant("giveUp" as const), index: fc.nat(40) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        does: fc.constant("advance" as const),
        ms: fc.integer({ min: 0, max: 60 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constantFrom("shutdown" as const, "close" as const, "abort" as const),
        side,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        does: fc.constantFrom("partition" as const, "heal" as const, "reset" as const),
      }),
    },
  ),
  { maxLength: 60 },
);

/** Networks from perfect to bad. */
export const networks: fc.Arbitrary<NetworkOptions> = fc.record({
  seed: fc.nat(),
  latencyMs: fc.oneof(fc.constant(0), fc.constant([1, 30] as const)),
  loss: fc.constantFrom(0, 0, 0.05, 0.2),
  shortReads: fc.constantFrom(0, 0.5, 1),
  shortWrites: fc.constantFrom(0, 0.5, 1),
  resets: fc.constantFrom(0, 0, 0, 0.01),
  socketBuffer: fc.constantFrom(100, 4_096, 212_992),
});

/** What became of one direction. */
export interface Direction {
  /** The bytes that were given to the network, in the order of the writes. */
  sent: Uint8Array[];
  received: Uint8Array[];
  /** How the reader's last read ended: "end", or an error's code. */
  ending: string;
}

/** One run of a schedule. */
export class Run {
  readonly #network: MemoryNetwork;
  readonly #sockets: readonly [Socket, Socket];
  readonly #controllers: AbortController[] = [];
  readonly #pending = new Set<Promise<void>>();
  /** By writing side. */
  readonly #sent: [Promise<Uint8Array>[], Promise<Uint8Array>[]] = [[], []];
  /** By reading side. */
  readonly #received: [Promise<Uint8Array>[], Promise<Uint8Array>[]] = [[], []];
  #seed = 0;
  /** Codes of the errors that operations ended with. */
  readonly codes: Set<string> = new Set();

  private constructor(network: MemoryNetwork, sockets: readonly [Socket, Socket]) {
    this.#network = network;
    this.#sockets = sockets;
  }

  /** Two connected peers on two hosts. A connection that a bad network never lets come is null. */
  static async open(options: NetworkOptions): Promise<Run | null> {
    const network = new MemoryNetwork(options);
    const [near, far] = [network.host("10.0.0.1"), network.host("10.0.0.2")];
    const listener = await listen({ host: "10.0.0.1", port: 80, notifier: near });
    const made = Promise.all([
      listener.accept(),
      connect({ host: "10.0.0.1", port: 80, notifier: far }),
    ]);
    let sockets: readonly [Socket, Socket] | null = null;
    made.then(
      (found) => {
        sockets = found;
      },
      () => {},
    );
    for (let i = 0; i < 200 && sockets === null; i++) await network.clock.advance(1_000);
    if (sockets === null) await Promise.all([near.close(), far.close()]);
    return sockets === null ? null : new Run(network, sockets);
  }

  /** Does one step. */
  async take(step: Step): Promise<void> {
    switch (step.does) {
      case "write":
        return this.#write(step.side, step.size, step.ms);
      case "writev":
        return this.#writev(step.side, step.sizes);
      case "read":
      case "readv":
      case "chunk":
        return this.#read(step);
      case "giveUp":
        return this.#controllers[step.index % Math.max(1, this.#controllers.length)]?.abort();
      case "shutdown":
        return this.#shutdown(step.side);
      case "close":
        return void this.#sockets[step.side].close();
      case "abort":
        return void this.#sockets[step.side].abort();
      case "advance":
        return this.#network.clock.advance(step.ms);
      case "partition":
        return this.#network.partition("10.0.0.1", "10.0.0.2");
      case "heal":
        return this.#network.heal("10.0.0.1", "10.0.0.2");
      case "reset":
        return void this.#network.reset();
    }
  }

  /** Lets everything come to its end, reads what is left, and gives the account of both ways. */
  async finish(): Promise<[Direction, Direction]> {
    this.#network.heal("10.0.0.1", "10.0.0.2");
    for (const one of [0, 1] as const) this.#shutdown(one);
    const endings = [this.#drain(0), this.#drain(1)] as const;
    let settled = false;
    const all = Promise.all([...endings, ...this.#pending]).then((found) => {
      settled = true;
      return found;
    });
    for (let i = 0; !settled; i++) {
      if (i > 5_000) throw new Error("something never settled");
      await this.#network.clock.advance(i < 50 ? 10 : 60_000);
    }
    const found = (await all) as [string, string];
    const directions = [0, 1].map(async (reader) => ({
      sent: await Promise.all(this.#sent[reader === 0 ? 1 : 0]),
      received: await Promise.all(this.#received[reader as 0 | 1]),
      ending: found[reader] as string,
    }));
    await Promise.all(this.#sockets.map((socket) => socket.close()));
    return (await Promise.all(directions)) as [Direction, Direction];
  }

  #write(side: 0 | 1, size: number, ms: number): void {
    const bytes = pattern(size, ++this.#seed);
    this.#account(this.#sent[side], this.#sockets[side].writeAll(bytes, this.#options(ms)), {
      done: () => bytes,
      failed: (error) => bytes.subarray(0, error.transferred ?? 0),
    });
  }

  #writev(side: 0 | 1, sizes: readonly number[]): void {
    const parts = sizes.map((size) => pattern(size, ++this.#seed));
    const bytes = Buffer.concat(parts);
    this.#account(this.#sent[side], this.#sockets[side].writev(parts, this.#options(-1)), {
      done: (count) => bytes.subarray(0, count),
      failed: (error) => bytes.subarray(0, error.transferred ?? 0),
    });
  }

  #read(step: Step & { readonly does: "read" | "readv" | "chunk" }): void {
    const socket = this.#sockets[step.side];
    const into = this.#received[step.side];
    const failed = (): Uint8Array => new Uint8Array(0);
    if (step.does === "chunk") {
      const done = (chunk: Uint8Array | null): Uint8Array => chunk ?? new Uint8Array(0);
      this.#account(into, socket.readChunk(step.size, this.#options(-1)), { done, failed });
    } else if (step.does === "read") {
      const buffer = new Uint8Array(step.size);
      const done = (count: number): Uint8Array => buffer.subarray(0, count);
      this.#account(into, socket.read(buffer, this.#options(step.ms)), { done, failed });
    } else {
      const buffers = step.sizes.map((size) => new Uint8Array(size));
      const done = (count: number): Uint8Array => Buffer.concat(buffers).subarray(0, count);
      this.#account(into, socket.readv(buffers, this.#options(-1)), { done, failed });
    }
  }

  #account<Value>(
    into: Promise<Uint8Array>[],
    promise: Promise<Value>,
    says: { done(value: Value): Uint8Array; failed(error: PikeError): Uint8Array },
  ): void {
    const bytes = promise.then(says.done, (error: PikeError) => {
      this.codes.add(error.code);
      return says.failed(error);
    });
    into.push(bytes);
    const settled = bytes.then(() => void this.#pending.delete(settled));
    this.#pending.add(settled);
  }

  #options(ms: number): { signal: AbortSignal; timeoutMs?: number } {
    const controller = new AbortController();
    this.#controllers.push(controller);
    const { signal } = controller;
    return ms < 0 ? { signal } : { signal, timeoutMs: ms };
  }

  /** Only what is still open can be half-closed; anything else has its own error. */
  #shutdown(side: 0 | 1): void {
    // A write that is pending has to be through first, as in any program that means to end well.
    const writes = Promise.all(this.#sent[side]);
    const settled = writes.then(() => {
      try {
        this.#sockets[side].shutdown("write");
      } catch (error) {
        this.codes.add((error as PikeError).code);
      }
      this.#pending.delete(settled);
    });
    this.#pending.add(settled);
  }

  async #drain(side: 0 | 1): Promise<string> {
    await Promise.all(this.#received[side]);
    for (;;) {
      const buffer = new Uint8Array(10_000);
      try {
        const count = await this.#sockets[side].read(buffer);
        if (count === 0) return "end";
        this.#received[side].push(Promise.resolve(buffer.subarray(0, count)));
      } catch (error) {
        return (error as PikeError).code;
      }
    }
  }
}
