/**
 * Cases for memory that changes under a pending request: the request ends with PIKE_BUFFER, and the
 * bytes stay for the next one.
 */
import assert from "node:assert/strict";
import { Operation } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, MORE_THAN_FITS, pattern } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** An ArrayBuffer of ES2024, which the library of types here does not know. */
interface Resizable extends ArrayBuffer {
  resize(size: number): void;
}

/** Memory that a notifier has allocated: it stays, and it is written and read like any other. */
export function allocatedCases(suite: Suite): void {
  suite.group("memory that it allocates", [...needs, "allocate", "ipv4"], (test) => {
    test("is empty, as long as asked for, and cannot be detached", async ({ near }) => {
      for (const bytes of [1, 65_536, 200_000]) {
        const memory = near.allocate(bytes);
        assert.equal(memory.byteLength, bytes);
        assert.ok(memory.every((byte) => byte === 0));
        const buffer = memory.buffer as ArrayBuffer;
        try {
          structuredClone(buffer, { transfer: [buffer] });
        } catch {
          // Refused, by later runtimes; copied by others.
        }
        assert.equal(memory.byteLength, bytes);
      }
    });

    test("of a wrong size is refused", async ({ near }) => {
      for (const [bytes, code] of [
        [0, "PIKE_RANGE"],
        [-1, "PIKE_RANGE"],
        [1.5, "PIKE_RANGE"],
        [2 ** 30 + 1, "PIKE_RANGE"],
        ["9", "PIKE_TYPE"],
      ] as const) {
        assert.throws(() => near.allocate(bytes as number), { code });
      }
    });

    test("arrives as it was when the write completes, from any part of it", async (stage) => {
      const { server, client } = await stage.pair();
      const memory = stage.near.allocate(300_000);
      memory.set(pattern(300_000));
      for (const [from, to] of [
        [0, 300_000],
        [100_001, 120_000],
        [7, 40],
      ] as const) {
        const writing = stage.writeAll(stage.near, server, memory.subarray(from, to));
        const bytes = await stage.readFully(stage.far, client, to - from);
        assert.equal(await writing.done, to - from);
        assertBytes(bytes, pattern(300_000).subarray(from, to));
      }
      const read = stage.read(stage.near, server, memory);
      await stage.writeAll(stage.far, client, pattern(20)).done;
      const count = await read.done;
      assert.ok(count > 0 && count <= 20, outcome(count));
      assertBytes(memory.subarray(0, count), pattern(count));
    });
  });
}

/** Detached, shrunk and grown buffers. */
export function bufferCases(suite: Suite): void {
  suite.group("a buffer that changes while a request is pending", [...needs, "ipv4"], (test) => {
    for (const [how, make] of Object.entries(spoilers)) {
      test(`${how}: a read ends with PIKE_BUFFER, and the next has the bytes`, async (stage) => {
        const { server, client } = await stage.pair();
        const { buffer, spoil } = make(64);
        const read = stage.read(stage.near, server, buffer);
        spoil();
        await stage.writeAll(stage.far, client, pattern(20)).done;
        assertCode(await read.done, "PIKE_BUFFER");
        assertBytes(await stage.readFully(stage.near, server, 20), pattern(20));
      });

      test(`${how}: a vectored read ends likewise`, async (stage) => {
        const { server, client } = await stage.pair();
        const { buffer, spoil } = make(64);
        const read = stage.submit(stage.near, Operation.read, server, {
          buffer: [new Uint8Array(4), buffer],
        });
        spoil();
        await stage.writeAll(stage.far, client, pattern(20)).done;
        assertCode(await read.done, "PIKE_BUFFER");
        assertBytes(await stage.readFully(stage.near, server, 20), pattern(20));
      });

      test(
        `${how}: a datagram stays for the next reader`,
        async (stage) => {
          const server = stage.datagram();
          const client = stage.datagram("ipv4", "far");
          const { buffer, spoil } = make(64);
          const receive = stage.submit(stage.near, Operation.recvFrom, server, { buffer });
          spoil();
          const address = stage.near.localAddress(server);
          await stage.submit(stage.far, Operation.sendTo, client, { buffer: pattern(9), address })
            .done;
          assertCode(await receive.done, "PIKE_BUFFER");
          const again = new Uint8Array(20);
          const next = stage.submit(stage.near, Operation.recvFrom, server, { buffer: again });
          assert.equal(await next.done, 9);
          assertBytes(again.subarray(0, 9), pattern(9));
        },
        ["recvFrom", "sendTo"],
      );

      test(
        `${how}: a write under way ends with PIKE_BUFFER and says how far it came`,
        async (stage) => {
          const { server, client } = await stage.pair();
          const { buffer, spoil } = make(MORE_THAN_FITS);
          const write = stage.writeAll(stage.far, client, buffer);
          const next = stage.writeAll(stage.far, client, Uint8Array.of(7));
          // The peer has some of it, so it is under way.
          const first = await stage.readFully(stage.near, server, 1);
          assert.equal(first[0], 0);
          spoil();
          const rest = stage.readFully(stage.near, server, MORE_THAN_FITS);
          assertCode(await write.done, "PIKE_BUFFER");
          assert.equal(await next.done, 1);
          stage.far.shutdown(client, "write");
          const all = await rest;
          assert.equal(all.length, write.transferred - 1 + 1);
          assert.equal(all.at(-1), 7);
          assert.ok(all.subarray(0, -1).every((byte) => byte === 0));
        },
        ["shutdown"],
      );
    }

    test("grown: a request goes on", async (stage) => {
      const { server, client } = await stage.pair();
      const memory = resizable(16, 64);
      const fixed = new Uint8Array(memory, 0, 16);
      const tracking = new Uint8Array(memory);
      const reads = [fixed, tracking].map((buffer) => stage.read(stage.near, server, buffer));
      memory.resize(64);
      for (const { done } of reads) {
        await stage.writeAll(stage.far, client, pattern(8)).done;
        const result = await done;
        assert.ok(result > 0 && result <= 8, outcome(result));
      }
    });
  });
}

interface Spoiled {
  readonly buffer: Uint8Array;
  readonly spoil: () => void;
}

const spoilers: { readonly [how: string]: (size: number) => Spoiled } = {
  transferred(size) {
    const memory = new ArrayBuffer(size);
    return {
      buffer: new Uint8Array(memory),
      spoil: () => structuredClone(memory, { transfer: [memory] }),
    };
  },
  shrunk(size) {
    const memory = resizable(size, size);
    return { buffer: new Uint8Array(memory, 0, size), spoil: () => memory.resize(size / 2) };
  },
};

function resizable(size: number, largest: number): Resizable {
  const Constructor = ArrayBuffer as unknown as new (
    size: number,
    options: { maxByteLength: number },
  ) => Resizable;
  return new Constructor(size, { maxByteLength: largest });
}
