/**
 * Hazard: writes that the kernel sends from copies, after the call has returned: lost at a close,
 * out of order, counted wrongly when they are cut short, or without a bound.
 */
import { once } from "node:events";
import type net from "node:net";
import type { Notifier, PikeError } from "@pike-io/notifier";
import type { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { Ends, openUring, pattern, test } from "./uring.js";

/** More than a socket's buffers take while nobody reads. */
const MORE_THAN_FITS = 40_000_000;
/** What one handle's copies may come to; larger writes go straight out. */
const BLOCK = 16_384;
const BLOCKS = 128;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const failure = (promise: Promise<unknown>): Promise<PikeError> =>
  promise.then(
    () => expect.fail("it succeeded"),
    (error) => error,
  );

/** All that the other end gets, until its end or an error. */
async function drained(other: net.Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  other.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => other.on("close", resolve));
  return Buffer.concat(parts);
}

describe("writes that io_uring sends with the turn", () => {
  let notifier: Notifier;
  let ends: Ends;
  let peer: Socket;
  let other: net.Socket;
  beforeEach(async () => {
    notifier = openUring("", "attached", "turn");
    ends = new Ends(notifier);
    [peer, other] = await ends.open();
  });
  afterEach(async () => {
    ends.close();
    await notifier.close();
    const { pending, handles, stale } = notifier.counters;
    expect({ pending, handles, stale }).to.deep.equal({ pending: 0, handles: 0, stale: 0 });
  });

  /** Fills the way out with writes until one waits; says how much went before it. */
  async function stuff(
    size: number,
    signal?: AbortSignal,
  ): Promise<{ written: number; waiting: Promise<void> }> {
    other.pause();
    for (let written = 0; ; written += size) {
      expect(written).to.be.below(MORE_THAN_FITS);
      const waiting = peer.writeAll(pattern(size, written), signal === undefined ? {} : { signal });
      const isStuck = await Promise.race([waiting.then(() => false), turns(30).then(() => true)]);
      if (isStuck) return { written, waiting };
    }
  }

  test("go out in one entry for all handles, and keep their order with larger ones", async () => {
    const pairs = [[peer, other] as const, ...(await ends.openMany(15))];
    const sizes = [300, 5_000, 40_000, 700, 16_384, 16_385, 1_000];
    const all = pattern(sizes.reduce((sum, size) => sum + size));
    const texts = pairs.map(([, end]) => drained(end));
    await turns(3);
    const before = notifier.counters;
    const small = pairs.map(([one]) => one.writeAll(all.subarray(0, 300)));
    await Promise.all(small);
    const after = notifier.counters;
    expect(after.kernelEntries - before.kernelEntries).to.be.within(1, 3);
    let from = 300;
    const writes: Promise<void>[] = [];
    for (const size of sizes.slice(1)) {
      for (const [one] of pairs) writes.push(one.writeAll(all.subarray(from, from + size)));
      from += size;
    }
    await Promise.all(writes);
    await Promise.all(pairs.map(([one]) => one.close()));
    for (const text of await Promise.all(texts)) expect(Buffer.compare(text, all)).to.equal(0);
  });

  test("are copies: what becomes of the buffer afterwards does not matter", async () => {
    const buffer = pattern(10_000);
    const writing = peer.writeAll(buffer);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    const text = drained(other);
    await writing;
    await peer.close();
    expect(Buffer.compare(await text, pattern(10_000))).to.equal(0);
  });

  test("written right before a close or a half-close still go out", async () => {
    const [second, secondOther] = await ends.open();
    const texts = [drained(other), drained(secondOther)];
    const ended = once(secondOther, "end");
    const writes = [peer.writeAll(pattern(3_000)), second.writeAll(pattern(4_000))];
    second.shutdown("write");
    await Promise.all([peer.close(), ...writes]);
    expect(Buffer.compare((await texts[0]) as Buffer, pattern(3_000))).to.equal(0);
    await ended; // by the half-close, before the close
    await second.close();
    expect(Buffer.compare((await texts[1]) as Buffer, pattern(4_000))).to.equal(0);
  });

  test("given up before they went let those behind them go", async () => {
    const abort = new AbortController();
    const large = pattern(64_000);
    const text = drained(other);
    const given = peer.writeAll(pattern(1_000), { signal: abort.signal }).catch((error) => error);
    const behind = peer.writeAll(large);
    abort.abort();
    expect((await given).name).to.equal("AbortError");
    await behind;
    await peer.close();
    expect(Buffer.compare(await text, large)).to.equal(0);
  });

  test("that wait are bounded: others' copies and calls go on, and so do they in the end", async () => {
    const stuck = await ends.openMany(BLOCKS + 20);
    const size = 1_000_000;
    for (const [one, end] of stuck) {
      one.set("sendBuffer", 10_000);
      end.pause();
    }
    // The first one fills the way out, the second one waits behind it: as a copy, while there are
    // blocks.
    const writes = stuck.map(([one]) => [
      one.writeAll(pattern(size)),
      one.writeAll(pattern(BLOCK, size)),
    ]);
    await turns(10);
    for (const [one] of stuck) expect(one.counters.writeQueue).to.equal(2);
    const text = drained(other);
    await peer.writeAll(pattern(BLOCK));
    await peer.close();
    expect(Buffer.compare(await text, pattern(BLOCK))).to.equal(0);
    const sizes = stuck.map(([, end]) => {
      let count = 0;
      end.on("data", (part: Buffer) => {
        count += part.length;
      });
      end.resume();
      return async () => {
        await new Promise((resolve) => end.on("close", resolve));
        return count;
      };
    });
    await Promise.all(writes.flat());
    const counts = sizes.map((wait) => wait());
    await Promise.all(stuck.map(([one]) => one.close()));
    expect(new Set(await Promise.all(counts))).to.deep.equal(new Set([size + BLOCK]));
  });

  test("aborted while they wait say how much went; those behind them follow", async () => {
    const abort = new AbortController();
    const { written, waiting } = await stuff(BLOCK, abort.signal);
    const error = failure(waiting);
    const behind = peer.writeAll(pattern(1_000, 3));
    await turns(3);
    abort.abort();
    const { name, transferred = 0 } = await error;
    expect(name).to.equal("AbortError");
    const text = drained(other);
    other.resume();
    await behind;
    await peer.close();
    const expected = Buffer.concat([pattern(written + transferred), pattern(1_000, 3)]);
    expect(Buffer.compare(await text, expected)).to.equal(0);
  });

  test("closed while they wait say how much went, and exactly that arrives", async () => {
    const { written, waiting } = await stuff(BLOCK);
    const errors = [waiting, peer.writeAll(pattern(1_000))].map(failure);
    await turns(3);
    const closing = peer.close();
    const [first, second] = (await Promise.all(errors)) as [PikeError, PikeError];
    expect([first.code, second.code]).to.deep.equal(["PIKE_CLOSED", "PIKE_CLOSED"]);
    expect(second.transferred ?? 0).to.equal(0);
    await closing;
    const text = drained(other);
    other.resume();
    const expected = pattern(written + (first.transferred ?? 0));
    expect(Buffer.compare(await text, expected)).to.equal(0);
  });

  test("past their deadline give up, and those behind them follow", async () => {
    const { written, waiting } = await stuff(BLOCK);
    const late = failure(peer.writeAll(pattern(100), { timeoutMs: 20 }));
    const behind = peer.writeAll(pattern(500, 7));
    const error = await late;
    expect([error.code, error.transferred ?? 0]).to.deep.equal(["PIKE_TIMEOUT", 0]);
    const text = drained(other);
    other.resume();
    await Promise.all([waiting, behind]);
    await peer.close();
    const expected = Buffer.concat([pattern(written + BLOCK), pattern(500, 7)]);
    expect(Buffer.compare(await text, expected)).to.equal(0);
  });

  test("to a peer that is gone fail, and each that follows", async () => {
    other.resetAndDestroy();
    let error: PikeError | null = null;
    while (error === null) {
      error = await peer.writeAll(pattern(1_000)).then(
        () => null,
        (found) => found,
      );
    }
    expect(error.code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    expect((await failure(peer.writeAll(pattern(500)))).code).to.equal("EPIPE");
    expect((await failure(peer.writeAll(pattern(1)))).code).to.equal("EPIPE");
  });
});

describe("the ways of sending", () => {
  test("are three, and the notifier says which it has", async () => {
    for (const [sends, features] of [
      ["now", []],
      ["batch", ["send"]],
      ["turn", ["send", "send_copied"]],
    ] as const) {
      const notifier = openUring("", "attached", sends);
      const found = notifier.features.filter((name) => ["send", "send_copied"].includes(name));
      expect(found).to.deep.equal(features);
      await notifier.close();
    }
    expect(() => openUring("", "attached", "never"))
      .to.throw(/PIKE_URING_SENDS is "now", "batch" or "turn", not "never"/)
      .with.property("code", "PIKE_UNSUPPORTED");
  });
});
