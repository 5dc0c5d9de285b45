/** What the tests of batches share: notifiers that have them, and their datagrams, copied. */
import type { Notifier } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { type Batch, bind, type Socket } from "@pike-io/socket";
import { expect } from "chai";

/** Notifiers by name. */
export const batching: { readonly [name: string]: () => Notifier } = {
  "the system, with offload": () => openNotifier({ offload: true }),
  "the system, without offload": () => openNotifier({ offload: false }),
  memory: () => new MemoryNetwork({ clock: "auto" }).host(["10.0.0.1", "fd00::1"]),
};

/** One datagram of a batch. */
export interface Taken {
  readonly bytes: Uint8Array;
  readonly port: number;
}

/** A socket's port. */
export function portOf(socket: Socket): number {
  return (socket.getBindAddress() as { port: number }).port;
}

/** The datagrams of a batch, copied, in an order of one's own. */
function copyOf(batch: Batch, order: "onward" | "backward" | "by address"): Taken[] {
  const indexes = Array.from({ length: batch.count }, (_, i) => i);
  if (order === "backward") indexes.reverse();
  const taken: Taken[] = [];
  for (const i of indexes) {
    if (order === "by address") batch.address((i * 7) % batch.count);
    const bytes = batch.data.slice(batch.offset(i), batch.offset(i) + batch.length(i));
    expect(batch.bytes(i)).to.deep.equal(bytes);
    expect(batch.truncated(i)).to.equal(false);
    taken[i] = { bytes, port: (batch.address(i) as { port: number }).port };
  }
  return taken;
}

/** Batches until there are so many datagrams. */
export async function gather(socket: Socket, count: number): Promise<Taken[]> {
  const taken: Taken[] = [];
  if (count === 0) return taken;
  const orders = ["onward", "backward", "by address"] as const;
  for await (const batch of socket.batches()) {
    taken.push(...copyOf(batch, orders[taken.length % 3] ?? "onward"));
    if (taken.length >= count) break;
  }
  expect(taken.length).to.equal(count);
  return taken;
}

/** A bound socket of an address's family; memory has no host at 127.0.0.1. */
export function udpAt(notifier: Notifier, loopback: string): Promise<Socket> {
  const address = notifier.backend === "memory" && loopback === "127.0.0.1" ? "10.0.0.1" : loopback;
  return bind({ type: "udp", address, port: 0, notifier });
}
