/**
 * Hazard: the ring is entered for each operation, or twice where once would do. A turn needs one
 * entry; one that begins with nothing in hand, and whose batch writes, needs a second: the first
 * has the kernel do its deferred work, and what it brings is answered only after that.
 */
import type net from "node:net";
import type { NativeNotifier } from "@pike-io/notifier-native";
import type { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { Ends, openUring, test } from "./uring.js";

const PAIRS = 16;
const ROUNDS = 40;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Echoes for ever. */
async function echo(peer: Socket): Promise<void> {
  const buffer = new Uint8Array(100);
  for (let n: number; (n = await peer.read(buffer)) > 0; )
    await peer.writeAll(buffer.subarray(0, n));
}

/** Counts what comes back to Node's ends. */
function counting(others: readonly net.Socket[]): () => number {
  let bytes = 0;
  for (const other of others) {
    other.setNoDelay();
    other.on("data", (part: Buffer) => {
      bytes += part.length;
    });
  }
  return () => bytes;
}

async function polling<Result>(
  notifier: NativeNotifier,
  promise: Promise<Result>,
): Promise<Result> {
  let found: { readonly result: Result } | null = null;
  void promise.then((result) => {
    found = { result };
  });
  while (found === null) {
    notifier.poll(0);
    await turn();
  }
  return (found as { readonly result: Result }).result;
}

describe("entries into the kernel", () => {
  for (const [sends, most] of [
    ["turn", 1],
    ["now", 1],
    // What a batch answered goes out before the poll returns.
    ["batch", 2],
  ] as const) {
    test(`driven by hand, sending by "${sends}": at most ${most} a poll, reads and writes together`, async () => {
      const notifier = openUring("", "manual", sends);
      const ends = new Ends(notifier);
      const pairs = await polling(notifier, ends.openMany(PAIRS));
      const back = counting(pairs.map(([, other]) => other));
      const echoes = pairs.map(([peer]) => echo(peer));
      await polling(notifier, turn());
      const entries = new Set<number>();
      for (let round = 1; round <= ROUNDS; round++) {
        for (const [, other] of pairs) other.write("ten bytes!");
        while (back() < round * PAIRS * 10) {
          const before = notifier.counters.kernelEntries;
          notifier.poll(0);
          entries.add(notifier.counters.kernelEntries - before);
          await turn();
        }
      }
      expect(Math.max(...entries)).to.be.within(1, most);
      ends.close();
      await polling(notifier, Promise.all(echoes));
      await notifier.close();
    });

    test(`on the loop, sending by "${sends}": at most two a wake-up, whatever the handles`, async () => {
      const notifier = openUring("", "attached", sends);
      const ends = new Ends(notifier);
      const pairs = await ends.openMany(PAIRS);
      const back = counting(pairs.map(([, other]) => other));
      const echoes = pairs.map(([peer]) => echo(peer));
      await turn();
      const before = notifier.counters;
      for (let round = 1; round <= ROUNDS; round++) {
        for (const [, other] of pairs) other.write("ten bytes!");
        while (back() < round * PAIRS * 10) await turn();
      }
      const after = notifier.counters;
      const batches = after.batches - before.batches;
      expect(after.operations - before.operations).to.be.at.least(2 * PAIRS * ROUNDS);
      expect(batches).to.be.at.most(ROUNDS * 6);
      expect(after.kernelEntries - before.kernelEntries).to.be.within(1, 2 * batches + 2);
      ends.close();
      await Promise.all(echoes);
      await notifier.close();
    });
  }
});
