/** Cases for bytes on a stream: each once, in order, and an end that is told from every failure. */
import assert from "node:assert/strict";
import { ALL, type HandleId, type Notifier, Operation } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import type { AddressKind } from "./setup.js";
import { assertBytes, MORE_THAN_FITS, pattern, type Stage } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Reads, writes, ends, half-closes and resets, over one kind of address. */
export function streamCases(suite: Suite, kind: AddressKind): void {
  const needed = [...needs, kind === "unix" ? "unix path" : kind];
  suite.group(`a stream over ${kind}`, needed, (test) => {
    test("carries bytes both ways, once and in order, through reads of every size", async (stage) => {
      const { near, far } = stage;
      const { server, client } = await stage.pair(kind);
      const there = pattern(300_000, 1);
      const back = pattern(200_000, 2);
      const writing = [stage.writeAll(far, client, there), stage.writeAll(near, server, back)];
      const found = [
        readInSteps(stage, near, server, there.length),
        readInSteps(stage, far, client, back.length),
      ];
      assertBytes((await found[0]) as Uint8Array, there, "to the server");
      assertBytes((await found[1]) as Uint8Array, back, "to the client");
      assert.deepEqual(await Promise.all(writing.map(({ done }) => done)), [300_000, 200_000]);
    });

    test("ends with 0, and goes on saying so", async (stage) => {
      const { server, client } = await stage.pair(kind);
      await stage.writeAll(stage.far, client, pattern(3)).done;
      await stage.close(stage.far, client);
      assertBytes(await stage.readFully(stage.near, server, 3), pattern(3));
      for (let i = 0; i < 3; i++) await stage.expectEnd(stage.near, server);
    });

    test("wakes a reader that waits when the peer hangs up", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const reading = stage.read(stage.near, server, new Uint8Array(8));
      await stage.close(stage.far, client);
      assert.equal(outcome(await reading.done), "ok 0");
    });

    test(
      "half-closed by the peer still takes writes, and the other way round",
      async (stage) => {
        const { near, far } = stage;
        const { server, client } = await stage.pair(kind);
        const waiting = stage.read(near, server, new Uint8Array(8));
        far.shutdown(client, "write");
        assert.equal(outcome(await waiting.done), "ok 0");
        const answer = pattern(100_000);
        const writing = stage.writeAll(near, server, answer);
        assertBytes(await stage.readFully(far, client, answer.length), answer);
        assert.equal(await writing.done, answer.length);
        near.shutdown(server, "write");
        await stage.expectEnd(far, client);
        assertCode(await stage.writeAll(far, client, pattern(1)).done, "EPIPE");
      },
      ["shutdown"],
    );

    test("gives a write to a peer that is gone an error, and the process lives", async (stage) => {
      const { server, client } = await stage.pair(kind);
      await stage.close(stage.near, server);
      let result = 0;
      while (result >= 0) result = await stage.writeAll(stage.far, client, pattern(1_000)).done;
      assertCode(result, "EPIPE", "ECONNRESET");
      assertCode(await stage.writeAll(stage.far, client, pattern(1)).done, "EPIPE");
    });

    test("reads into several buffers in order, empty ones among them", async (stage) => {
      const { server, client } = await stage.pair(kind);
      await stage.writeAll(stage.far, client, pattern(10)).done;
      stage.far.shutdown(client, "write");
      const parts = [3, 0, 4, 8].map((size) => new Uint8Array(size));
      let left: readonly Uint8Array[] = parts;
      let total = 0;
      for (let n = 1; n !== 0; ) {
        const probe = stage.submit(stage.near, Operation.read, server, { buffer: left });
        n = await probe.done;
        assert.ok(n >= 0, outcome(n));
        total += n;
        left = skip(left, n);
      }
      assert.equal(total, 10);
      assertBytes(Buffer.concat(parts).subarray(0, 10), pattern(10));
    });

    test("writes several buffers in order, more of them than one system call takes", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const bytes = pattern(6_000);
      const parts = Array.from({ length: 3_000 }, (_, i) => bytes.subarray(i * 2, i * 2 + 2));
      const writing = stage.submit(stage.far, Operation.write, client, {
        buffer: parts,
        flags: ALL,
      });
      assertBytes(await stage.readFully(stage.near, server, bytes.length), bytes);
      assert.equal(await writing.done, bytes.length);
    });

    test("writes nothing when given nothing", async (stage) => {
      const { server, client } = await stage.pair(kind);
      assert.equal(await stage.writeAll(stage.far, client, new Uint8Array(0)).done, 0);
      stage.far.shutdown(client, "write");
      await stage.expectEnd(stage.near, server);
    });

    test("gives chunks that show no byte beyond what was received", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const writing = stage.writeAll(stage.far, client, pattern(150_000));
      const chunks: Uint8Array[] = [];
      for (let n = 0; n < 150_000; ) {
        const probe = stage.submit(stage.near, Operation.read, server, { size: 40_000 });
        const result = await probe.done;
        const { chunk } = probe;
        assert.ok(result > 0 && result <= 40_000 && chunk !== null, outcome(result));
        assert.equal(chunk.byteLength, result);
        assertNothingBeyond(chunk);
        chunks.push(chunk);
        n += result;
      }
      assertBytes(Buffer.concat(chunks), pattern(150_000));
      await writing.done;
      stage.far.shutdown(client, "write");
      const end = stage.submit(stage.near, Operation.read, server, { size: 10 });
      assert.equal(outcome(await end.done), "ok 0");
      assert.equal(end.chunk, null);
    });

    test("holds back a writer whose peer does not read, and loses nothing", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const bytes = pattern(MORE_THAN_FITS / 4);
      const writing = stage.writeAll(stage.far, client, bytes);
      assertBytes(await stage.readFully(stage.near, server, bytes.length), bytes);
      assert.equal(await writing.done, bytes.length);
    });
  });
}

/** Cases for a reset, which only TCP has. */
export function resetCases(suite: Suite, kind: "ipv4" | "ipv6"): void {
  suite.group(`a reset over ${kind}`, [...needs, "setOption", kind], (test) => {
    test("is an error to who waits, never the end of the stream", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const reading = stage.read(stage.near, server, new Uint8Array(8));
      await stage.reset(stage.far, client);
      assertCode(await reading.done, "ECONNRESET");
    });

    test(
      "is an error to who reads only afterwards",
      async (stage) => {
        const { server, client } = await stage.pair(kind);
        // A wait notices the hang-up, and takes nothing of it.
        const noticed = stage.submit(stage.near, Operation.wait, server, { flags: 2 });
        await stage.reset(stage.far, client);
        assert.ok((await noticed.done) > 0, outcome(await noticed.done));
        assertCode(await stage.read(stage.near, server, new Uint8Array(8)).done, "ECONNRESET");
      },
      ["wait"],
    );

    test("ends a write that is under way, which says how far it came", async (stage) => {
      const { server, client } = await stage.pair(kind);
      const writing = await stage.stuff(stage.near, server);
      await stage.reset(stage.far, client);
      assertCode(await writing.done, "ECONNRESET", "EPIPE");
      assert.ok(writing.transferred > 0 && writing.transferred < MORE_THAN_FITS);
    });
  });
}

async function readInSteps(
  stage: Stage,
  notifier: Notifier,
  handle: HandleId,
  count: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(count);
  for (let filled = 0, size = 1; filled < count; size = (size * 3 + 1) % 9_973) {
    const room = bytes.subarray(filled, filled + size + 1);
    const result = await stage.read(notifier, handle, room).done;
    assert.ok(result > 0, outcome(result));
    filled += result;
  }
  return bytes;
}

/** What is left of several buffers after so many bytes. */
function skip(parts: readonly Uint8Array[], count: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  for (const part of parts) {
    const used = Math.min(count, part.byteLength);
    count -= used;
    left.push(part.subarray(used));
  }
  return left;
}

function assertNothingBeyond(chunk: Uint8Array): void {
  const all = new Uint8Array(chunk.buffer);
  for (let i = 0; i < all.length; i++) {
    const inside = i >= chunk.byteOffset && i < chunk.byteOffset + chunk.byteLength;
    if (!inside && all[i] !== 0) assert.fail(`byte ${i} of the chunk's memory is not its own`);
  }
}
