/**
 * Where the tests of this package are made: networks that are cleared up, and connections in them.
 */
import { type Address, ALL, type HandleId } from "@pike-io/notifier";
import { type HostOptions, MemoryNetwork, type MemoryNotifier } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, asked } from "./ask.js";

export { Ask } from "./ask.js";

const opened: MemoryNotifier[] = [];

/** A network whose notifiers are closed after each test. */
export class Lab extends MemoryNetwork {
  override host(addresses: string | readonly string[], options?: HostOptions): MemoryNotifier {
    const notifier = super.host(addresses, options);
    opened.push(notifier);
    return notifier;
  }
}

/** Whatever a test did: nothing stays open or pending, and each request completed exactly once. */
afterEach(async () => {
  for (const notifier of opened.splice(0)) {
    await notifier.close();
    expect(notifier.counters.pending, "pending").to.equal(0);
    expect(notifier.counters.handles, "handles").to.equal(0);
  }
  for (const ask of asked.splice(0)) {
    if (ask.atOnce) expect(ask.completions).to.equal(0);
    else if (!ask.dropped) expect(ask.completions, `operation ${ask.operation}`).to.equal(1);
  }
});

/** Two ends of one connection. */
export interface Pair {
  readonly near: MemoryNotifier;
  readonly far: MemoryNotifier;
  readonly listener: HandleId;
  readonly server: HandleId;
  readonly client: HandleId;
}

/** Where a test's server listens. */
export const serverAddress: Address = { family: "ipv4", address: "10.0.0.2", port: 80 };

/** A listener on 10.0.0.2, port 80. */
export function listenOn(
  notifier: MemoryNotifier,
  address: Address = serverAddress,
  backlog = 16,
): HandleId {
  const listener = notifier.openSocket({ family: address.family, type: "stream" });
  notifier.bind(listener, address);
  notifier.listen(listener, backlog);
  return listener;
}

/** A client on 10.0.0.1 that is connected to a server on 10.0.0.2. */
export async function connectedPair(network: MemoryNetwork): Promise<Pair> {
  const far = network.host("10.0.0.1");
  const near = network.host("10.0.0.2");
  const listener = listenOn(near);
  const client = far.openSocket({ family: "ipv4", type: "stream" });
  const connect = new Ask(far, "connect", client, { address: serverAddress });
  const accept = new Ask(near, "accept", listener);
  await finish(network, connect, accept);
  return { near, far, listener, server: accept.accepted, client };
}

/** A connected pair of Unix streams on one host. */
export async function unixPair(network: MemoryNetwork): Promise<Pair> {
  const near = network.host("10.0.0.1");
  const address: Address = { family: "unix", path: "/run/pair" };
  const listener = listenOn(near, address);
  const client = near.openSocket({ family: "unix", type: "stream" });
  const connect = new Ask(near, "connect", client, { address });
  const accept = new Ask(near, "accept", listener);
  await finish(network, connect, accept);
  return { near, far: near, listener, server: accept.accepted, client };
}

/** Moves the clock until all of them have completed, and throws for what ended in an error. */
export async function finish(network: MemoryNetwork, ...asks: readonly Ask[]): Promise<void> {
  for (let i = 0; asks.some(({ result }) => result === "pending"); i++) {
    if (i === 10_000) throw new Error(asks.map(({ result }) => result).join(", "));
    await network.clock.advance(100);
  }
  const wrong = asks.find(({ result }) => !result.startsWith("ok"));
  if (wrong !== undefined) throw new Error(asks.map(({ result }) => result).join(", "));
}

/** Writes all of `bytes`. */
export function writeAll(notifier: MemoryNotifier, handle: HandleId, buffer: Uint8Array): Ask {
  return new Ask(notifier, "write", handle, { buffer, flags: ALL });
}

/** Reads a chunk. */
export function readChunk(notifier: MemoryNotifier, handle: HandleId, size = 65_536): Ask {
  return new Ask(notifier, "read", handle, { size });
}

/** Reads to the end, or to an error, which is the last word. */
export async function readToEnd(
  network: MemoryNetwork,
  notifier: MemoryNotifier,
  handle: HandleId,
): Promise<{ bytes: number[]; end: string }> {
  const bytes: number[] = [];
  for (;;) {
    const read = readChunk(notifier, handle);
    for (let i = 0; read.result === "pending" && i < 10_000; i++) await network.clock.advance(100);
    if (read.chunk !== null && read.result !== "ok 0") bytes.push(...read.chunk);
    else return { bytes, end: read.result };
  }
}

/** Bytes 0, 1, 2 … modulo 251, so that a lost or doubled one shows. */
export function pattern(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i % 251);
}

/** The code of what a call throws. */
export function thrownCode(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return "nothing";
}

/** One macrotask: whatever can run without the clock has run. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => setImmediate(resolve));
  });
}
