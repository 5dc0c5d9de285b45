/** Cases for the layer of handles: promises, abort signals, deadlines, iterators, states. */
import assert from "node:assert/strict";
import type { Socket } from "@pike-io/socket";
import type { Suite } from "./runner.js";
import { connected, rejected } from "./sockets.js";
import { assertBytes, MORE_THAN_FITS, pattern, until } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Reading, writing, and leaving off. */
export function handleCases(suite: Suite): void {
  suite.group("a handle", [...needs, "wait", "ipv4"], (test) => {
    test("reads, writes and ends by every one of its functions", async (stage) => {
      const { server, client } = await connected(stage);
      await client.writeAll(pattern(10));
      assert.deepEqual(await server.wait("read"), { readable: true, writable: false });
      assert.equal((await server.wait("both")).writable, true);
      const first = new Uint8Array(4);
      const parts = [new Uint8Array(2), new Uint8Array(2)];
      assert.equal(await readAll(server, first), 4);
      assert.ok((await server.readv(parts)) > 0);
      assertBytes(first, pattern(4));
      assert.equal(parts[0]?.[0], pattern(5)[4]);
      assert.ok((await client.write(pattern(3))) > 0);
      assert.equal(await client.writev([pattern(2), new Uint8Array(0), pattern(1)]), 3);
      client.shutdown("write");
      let chunk: Uint8Array | null = first;
      while (chunk !== null) chunk = await server.readChunk(5);
      assert.equal(await server.read(first), 0);
    });

    test("gives chunks by for await, and leaving the loop leaves it open", async (stage) => {
      const { server, client } = await connected(stage);
      const sent = pattern(40_000);
      const writing = client.writeAll(sent);
      const chunks: Uint8Array[] = [];
      for await (const chunk of server.chunks(100)) {
        chunks.push(chunk);
        break;
      }
      assert.equal(server.state, "open");
      await assert.rejects(async () => {
        for await (const chunk of server.chunks(10)) {
          assert.ok(chunk.byteLength <= 10);
          chunks.push(chunk);
          throw new RangeError("left by a throw");
        }
      }, /left by a throw/);
      assert.equal(server.state, "open");
      await writing;
      client.shutdown("write");
      for await (const chunk of server) chunks.push(chunk);
      assertBytes(Buffer.concat(chunks), sent);
    });

    test("answers steps that are asked for at once, in order, and goes on after", async (stage) => {
      const { server, client } = await connected(stage);
      const iterator = server.chunks(1);
      const steps = [iterator.next(), iterator.next(), iterator.next()];
      await client.writeAll(pattern(3));
      const got = (await Promise.all(steps)).map(({ value }) => value?.[0]);
      assert.deepEqual(got, [...pattern(3)]);
      const next = iterator.next();
      await client.writeAll(pattern(1));
      assertBytes((await next).value ?? new Uint8Array(0), pattern(1));
      const last = iterator.next();
      await server.close();
      assert.equal((await rejected(last)).code, "PIKE_CLOSED");
      assert.equal((await rejected(iterator.next())).code, "PIKE_CLOSED");
    });

    test("stops an iteration that was left, and starts another where it stopped", async (stage) => {
      const { server, client } = await connected(stage);
      const iterator = server[Symbol.asyncIterator]();
      await iterator.return?.();
      assert.equal((await iterator.next()).done, true);
      await client.writeAll(Uint8Array.of(1, 2));
      const other = server.chunks(1);
      assert.deepEqual((await other.next()).value, Uint8Array.of(1));
      assert.deepEqual((await server.chunks(1).next()).value, Uint8Array.of(2));
    });

    test("settles in the order of the calls, however many", async (stage) => {
      const { server, client } = await connected(stage);
      const order: number[] = [];
      const reads = Array.from({ length: 100 }, (_, index) =>
        server.read(new Uint8Array(1)).then(() => order.push(index)),
      );
      for (let i = 0; i < 100; i++) await client.write(Uint8Array.of(i));
      await Promise.all(reads);
      assert.deepEqual(
        order,
        Array.from({ length: 100 }, (_, i) => i),
      );
    });

    test("moves bytes of a megabyte through a small read loop, both ways at once", async (stage) => {
      const { server, client } = await connected(stage);
      const sent = pattern(1_000_000);
      const echo = async (): Promise<void> => {
        for await (const chunk of server) await server.writeAll(chunk);
        server.shutdown("write");
      };
      const send = async (): Promise<void> => {
        await client.writeAll(sent);
        client.shutdown("write");
      };
      const receive = async (): Promise<Uint8Array> => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of client) chunks.push(chunk);
        return Buffer.concat(chunks);
      };
      const [back] = await Promise.all([receive(), echo(), send()]);
      assertBytes(back, sent);
    });
  });
}

/** Abort signals, deadlines, and states. */
export function handleStateCases(suite: Suite): void {
  suite.group("one operation of a handle", [...needs, "ipv4"], (test) => {
    test("aborted before or while it is pending gives an AbortError, and the bytes stay", async (stage) => {
      const { server, client } = await connected(stage);
      const controller = new AbortController();
      const { signal } = controller;
      // Watched from the start: a rejection must never be without somebody who waits for it.
      const pending = [
        rejected(server.read(new Uint8Array(4), { signal })),
        rejected(server.readChunk(4, { signal })),
      ];
      const reason = new Error("not wanted any more");
      controller.abort(reason);
      pending.push(rejected(server.read(new Uint8Array(4), { signal })));
      for (const promise of pending) {
        const error = await promise;
        assert.equal(error.name, "AbortError");
        assert.equal(error.code, "PIKE_ABORTED");
        assert.equal(error.cause, reason);
      }
      await client.writeAll(pattern(4));
      assert.ok((await server.read(new Uint8Array(4))) > 0);
    });

    test("aborted too late has its result", async (stage) => {
      const { server, client } = await connected(stage);
      const controller = new AbortController();
      const read = server.read(new Uint8Array(4), { signal: controller.signal });
      await client.writeAll(pattern(1));
      assert.equal(await read, 1);
      controller.abort();
      assert.equal(server.state, "open");
    });

    test("ends at its deadline with PIKE_TIMEOUT, a write with what it moved", async (stage) => {
      const { server } = await connected(stage);
      const read = await rejected(server.read(new Uint8Array(4), { timeoutMs: 1 }));
      assert.equal(read.code, "PIKE_TIMEOUT");
      assert.equal(read.syscall, "recv");
      const bytes = new Uint8Array(MORE_THAN_FITS);
      const write = await rejected(server.writeAll(bytes, { timeoutMs: 5 }));
      assert.equal(write.code, "PIKE_TIMEOUT");
      assert.ok((write.transferred ?? 0) > 0);
    });

    test("ends when its handle closes, a write with what it moved, and who closes waits for it", async (stage) => {
      const { server } = await connected(stage);
      const read = rejected(server.read(new Uint8Array(4)));
      const write = rejected(server.writeAll(new Uint8Array(MORE_THAN_FITS)));
      await until(() => server.counters.bytesWritten > 0, "a write began");
      const closing = server.close();
      assert.equal(server.state, "closing");
      assert.equal(server.fd, -1);
      assert.equal(server.close(), closing);
      await closing;
      assert.equal(server.state, "closed");
      assert.equal((await read).code, "PIKE_CLOSED");
      const error = await write;
      assert.equal(error.code, "PIKE_CLOSED");
      assert.ok((error.transferred ?? 0) > 0);
    });

    test("on a closed handle is refused by a rejection, and closing again is no error", async (stage) => {
      const { server } = await connected(stage);
      await server.close();
      await server.close();
      server[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
      for (const promise of everyOperation(server)) {
        assert.equal((await rejected(promise)).code, "PIKE_CLOSED");
      }
      for (const call of [() => server.ref(), () => server.unref(), () => server.counters]) {
        assert.throws(call, { code: "PIKE_CLOSED" });
      }
      assert.equal(server.fd, -1);
    });

    test("after its notifier was closed is refused, and close still resolves", async (stage) => {
      const { server } = await connected(stage);
      await stage.near.close();
      for (const promise of everyOperation(server)) {
        assert.match((await rejected(promise)).code, /^PIKE_(CLOSED|STALE)$/);
      }
      await server.close();
      assert.equal(server.state, "closed");
    });
  });
}

/** One promise of each function that waits, none of which may throw. */
export function everyOperation(handle: Socket): Promise<unknown>[] {
  const buffer = new Uint8Array(1);
  return [
    handle.read(buffer),
    handle.readv([buffer]),
    handle.readChunk(),
    handle.write(buffer),
    handle.writeAll(buffer),
    handle.writev([buffer]),
    handle.wait("read"),
    handle.detach(),
    handle[Symbol.asyncIterator]().next(),
    handle.recv(buffer),
    handle.send(buffer),
  ];
}

async function readAll(handle: Socket, buffer: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < buffer.byteLength) {
    const count = await handle.read(buffer.subarray(filled));
    if (count === 0) break;
    filled += count;
  }
  return filled;
}
