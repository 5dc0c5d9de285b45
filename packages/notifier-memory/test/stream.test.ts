import { ALL, READABLE, WRITABLE } from "@pike-io/notifier";
import { expect } from "chai";
import {
  Ask,
  connectedPair,
  finish,
  Lab,
  pattern,
  readChunk,
  readToEnd,
  thrownCode,
  unixPair,
  writeAll,
} from "./lab.js";

const kinds = [
  ["TCP", connectedPair],
  ["Unix", unixPair],
] as const;

for (const [kind, makePair] of kinds) {
  describe(`${kind} streams`, () => {
    it("carry bytes both ways, in order, through small buffers", async () => {
      const network = new Lab({ socketBuffer: 64 });
      const { near, far, server, client } = await makePair(network);
      const bytes = pattern(5_000);
      const writes = [writeAll(far, client, bytes), writeAll(near, server, bytes)];
      const found: number[][] = [[], []];
      for (let i = 0; found.some((one) => one.length < bytes.length); i++) {
        expect(i).to.be.lessThan(5_000);
        const reads = [readChunk(near, server, 37), readChunk(far, client, 41)];
        await finish(network, ...reads.filter((_, side) => (found[side] as []).length < 5_000));
        for (const side of [0, 1]) found[side]?.push(...(reads[side]?.chunk ?? []));
        for (const [side, read] of reads.entries()) (side === 0 ? near : far).cancel(read);
      }
      await finish(network, ...writes);
      expect(found).to.deep.equal([[...bytes], [...bytes]]);
    });

    it("hold back a writer whose peer doesn't read, and no more than the buffers take", async () => {
      const network = new Lab({ socketBuffer: 1_000 });
      const { near, far, server, client } = await makePair(network);
      const write = writeAll(far, client, pattern(10_000));
      await network.clock.advance(1_000);
      expect(write.result).to.equal("pending");
      expect(far.handleCounters(client).bytesWritten).to.equal(2_000);
      await finish(network, readChunk(near, server, 500));
      await network.clock.advance(1_000);
      expect(far.handleCounters(client).bytesWritten).to.equal(2_500);
    });

    it("half-close: the end comes after the last byte, and the other way goes on", async () => {
      const network = new Lab();
      const { near, far, server, client } = await makePair(network);
      writeAll(far, client, pattern(10));
      far.shutdown(client, "write");
      expect(await writeAll(far, client, pattern(1)).done).to.equal("EPIPE");
      expect(await readToEnd(network, near, server)).to.deep.equal({
        bytes: [...pattern(10)],
        end: "ok 0",
      });
      expect(await writeAll(near, server, pattern(3)).done).to.equal("ok 3");
      const read = readChunk(far, client);
      await finish(network, read);
      expect(read.chunk).to.deep.equal(pattern(3));
    });

    it("give an end to reads after the reading side was shut down", async () => {
      const network = new Lab();
      const { near, server } = await makePair(network);
      const pending = readChunk(near, server);
      near.shutdown(server, "read");
      await network.clock.advance(1);
      expect(pending.result).to.equal("ok 0");
      expect(pending.chunk).to.equal(null);
    });

    it("reset their peer when bytes are unread at the close", async () => {
      const network = new Lab();
      const { near, far, server, client } = await makePair(network);
      writeAll(far, client, pattern(10));
      writeAll(near, server, pattern(2));
      await finish(network, new Ask(near, "wait", server, { flags: READABLE }));
      await finish(network, new Ask(near, "close", server));
      const { bytes, end } = await readToEnd(network, far, client);
      expect(end).to.equal("ECONNRESET");
      expect(bytes).to.deep.equal([0, 1]);
      expect((await readToEnd(network, far, client)).end).to.equal("ECONNRESET");
    });

    it("answer a write with EPIPE when the peer is gone, and reads with the end", async () => {
      const network = new Lab();
      const { near, far, server, client } = await makePair(network);
      await finish(network, new Ask(near, "close", server));
      await network.clock.advance(1);
      const first = await writeAll(far, client, pattern(1)).done;
      await network.clock.advance(1);
      // TCP cannot tell a close from a half-close: its first write brings the reset.
      expect(first).to.equal(kind === "TCP" ? "ok 1" : "EPIPE");
      expect(await writeAll(far, client, pattern(1)).done).to.equal("EPIPE");
      expect((await readToEnd(network, far, client)).end).to.equal("ok 0");
    });

    it("keep a begun write's place: no other writer's bytes come inside it", async () => {
      const network = new Lab({ socketBuffer: 10, shortWrites: 0.5, seed: 3 });
      const { near, far, server, client } = await makePair(network);
      const writes = [1, 2, 3].map((value) =>
        writeAll(far, client, new Uint8Array(100).fill(value)),
      );
      const found: number[] = [];
      while (found.length < 300) {
        const read = readChunk(near, server);
        await finish(network, read);
        found.push(...(read.chunk ?? []));
      }
      await finish(network, ...writes);
      expect(found).to.deep.equal([1, 2, 3].flatMap((value) => new Array(100).fill(value)));
    });

    it("carry how far a write came when it is cancelled, timed out or closed", async () => {
      for (const ending of ["cancel", "timeout", "close"] as const) {
        const network = new Lab({ socketBuffer: 50 });
        const { near, far, server, client } = await makePair(network);
        const timeoutMs = ending === "timeout" ? 5 : -1;
        const write = new Ask(far, "write", client, {
          buffer: pattern(1_000),
          flags: ALL,
          timeoutMs,
        });
        const behind = new Ask(far, "write", client, { buffer: pattern(1), timeoutMs });
        if (ending === "cancel") for (const one of [write, behind]) far.cancel(one);
        if (ending === "close") new Ask(far, "close", client);
        expect(write.result, "never on the canceller's stack").to.equal("pending");
        await network.clock.advance(5);
        const code = { cancel: "PIKE_ABORTED", timeout: "PIKE_TIMEOUT", close: "PIKE_CLOSED" };
        expect([write.result, write.transferred]).to.deep.equal([code[ending], 100]);
        expect([behind.result, behind.transferred]).to.deep.equal([code[ending], 0]);
        if (ending !== "close") far.shutdown(client, "write");
        const { bytes } = await readToEnd(network, near, server);
        expect(bytes).to.deep.equal([...pattern(100)]);
      }
    });

    it("gather and scatter several arrays in order, empty ones too", async () => {
      const network = new Lab();
      const { near, far, server, client } = await makePair(network);
      const parts = [pattern(3), new Uint8Array(0), pattern(4)];
      expect(await new Ask(far, "write", client, { buffer: parts, flags: ALL }).done).to.equal(
        "ok 7",
      );
      const into = [new Uint8Array(0), new Uint8Array(5), new Uint8Array(5)];
      const read = new Ask(near, "read", server, { buffer: into });
      await finish(network, read);
      expect(read.result).to.equal("ok 7");
      expect(into.map((array) => [...array])).to.deep.equal([[], [0, 1, 2, 0, 1], [2, 3, 0, 0, 0]]);
    });

    it("read short and write short by chance, and still lose nothing", async () => {
      const network = new Lab({ shortReads: 0.7, shortWrites: 0.7 });
      const { near, far, server, client } = await makePair(network);
      const sizes = new Set<string>();
      const write = writeAll(far, client, pattern(2_000));
      const some = new Ask(far, "write", client, { buffer: pattern(2_000) });
      await finish(network, write, some);
      far.shutdown(client, "write");
      const found: number[] = [];
      for (;;) {
        const read = readChunk(near, server, 100);
        await finish(network, read);
        if (read.chunk === null) break;
        sizes.add(read.result);
        found.push(...read.chunk);
      }
      expect(sizes.size).to.be.greaterThan(5);
      const taken = Number(some.result.slice(3));
      expect(taken).to.be.within(1, 2_000);
      expect(found).to.deep.equal([...pattern(2_000), ...pattern(2_000).subarray(0, taken)]);
    });

    it("wait for the low water mark, and for no more than will come", async () => {
      const network = new Lab();
      const { near, far, server, client } = await makePair(network);
      near.setOption(server, "receiveLowWater", 8);
      const read = readChunk(near, server);
      writeAll(far, client, pattern(7));
      await network.clock.advance(1);
      expect(read.result).to.equal("pending");
      far.shutdown(client, "write");
      await network.clock.advance(1);
      expect(read.result).to.equal("ok 7");
    });

    it("say what they are ready for, and take nothing by it", async () => {
      const network = new Lab({ socketBuffer: 10 });
      const { near, far, server, client } = await makePair(network);
      const both = READABLE | WRITABLE;
      expect(new Ask(near, "wait", server, { flags: both }).result).to.equal(`ok ${WRITABLE}`);
      const readable = new Ask(near, "wait", server, { flags: READABLE });
      const stuck = writeAll(far, client, pattern(30));
      const writable = new Ask(far, "wait", client, { flags: WRITABLE });
      await network.clock.advance(1);
      expect([readable.result, writable.result]).to.deep.equal([`ok ${READABLE}`, "pending"]);
      await finish(network, readChunk(near, server));
      await network.clock.advance(1);
      await finish(network, readChunk(near, server));
      await network.clock.advance(1);
      expect([stuck.result, writable.result]).to.deep.equal(["ok 30", `ok ${WRITABLE}`]);
    });
  });
}

describe("an end that breaks", () => {
  it("resets its peer on close with linger 0, after what was sent", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    writeAll(near, server, pattern(3));
    near.setOption(server, "linger", 0);
    const pending = writeAll(far, client, pattern(1_000_000));
    await finish(network, new Ask(near, "close", server));
    await network.clock.advance(1);
    expect(pending.result).to.equal("ECONNRESET");
    expect(pending.transferred).to.be.greaterThan(0);
    expect(await writeAll(far, client, pattern(1)).done).to.equal("EPIPE");
    const { bytes, end } = await readToEnd(network, far, client);
    expect([bytes, end]).to.deep.equal([[0, 1, 2], "ECONNRESET"]);
    expect(thrownCode(() => far.peerAddress(client))).to.equal("ENOTCONN");
  });

  it("goes on sending after a close, to a slow reader", async () => {
    const network = new Lab({ latencyMs: 50 });
    const { near, far, server, client } = await connectedPair(network);
    await finish(network, writeAll(far, client, pattern(100_000)), new Ask(far, "close", client));
    const { bytes, end } = await readToEnd(network, near, server);
    expect([bytes.length, end]).to.deep.equal([100_000, "ok 0"]);
  });

  it("is reset by chance, and both sides hear of it", async () => {
    const network = new Lab({ resets: 1 });
    const { near, far, server, client } = await connectedPair(network);
    const reads = [readChunk(near, server), readChunk(far, client)];
    writeAll(far, client, pattern(1));
    await network.clock.advance(1);
    expect(reads.map(({ result }) => result)).to.deep.equal(["ECONNRESET", "ECONNRESET"]);
    expect(near.getOption(server, "error")).to.equal(null);
  });

  it("is reset by hand: all, one host's, or those between two", async () => {
    const network = new Lab();
    const { near, server } = await connectedPair(network);
    network.host("10.0.0.3");
    expect(network.reset("10.0.0.1", "10.0.0.3")).to.equal(0);
    expect(network.reset("10.0.0.1", "10.0.0.2")).to.equal(1);
    expect(near.getOption(server, "error")).to.equal("ECONNRESET");
    expect(near.getOption(server, "error")).to.equal(null);
    expect(network.reset()).to.equal(0);
    expect(thrownCode(() => network.reset("10.0.0.9"))).to.equal("PIKE_RANGE");
  });
});
