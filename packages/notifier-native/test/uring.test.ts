/**
 * Hazards of a kernel that works on after a call has returned: user code takes its buffer away, a
 * handle or a worker ends with operations in flight, or nobody reads what is received ahead.
 */
import { once } from "node:events";
import net from "node:net";
import type { Notifier } from "@pike-io/notifier";
import type { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { run } from "./program.js";
import { Ends, openUring, pattern, test } from "./uring.js";

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error) => error.code,
  );

/** Lets the loop come round, so that what was sent is received. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

async function readAll(peer: Socket, size: number): Promise<Uint8Array> {
  const all = new Uint8Array(size);
  let count = 0;
  while (count < size) {
    const read = await peer.read(all.subarray(count));
    if (read === 0) break;
    count += read;
  }
  return all.subarray(0, count);
}

describe("what io_uring receives", () => {
  let notifier: Notifier;
  let ends: Ends;
  beforeEach(() => {
    notifier = openUring();
    ends = new Ends(notifier);
  });
  afterEach(async () => {
    ends.close();
    await notifier.close();
    expect(notifier.counters.stale).to.equal(0);
  });

  test("stays for the next read when the buffer was detached meanwhile", async () => {
    const [peer, other] = await ends.open();
    const buffer = new Uint8Array(100);
    const reading = codeOf(peer.read(buffer));
    await turns(2);
    structuredClone(buffer.buffer, { transfer: [buffer.buffer] });
    other.write("kept");
    expect(await reading).to.equal("PIKE_BUFFER");
    const chunk = await peer.readChunk();
    expect(Buffer.from(chunk as Uint8Array).toString()).to.equal("kept");
  });

  test("goes to the next read when one is cancelled, in order and whole", async () => {
    const [peer, other] = await ends.open();
    const bytes = pattern(200_000);
    other.write(bytes);
    let count = 0;
    const all = new Uint8Array(bytes.length);
    for (let round = 0; count < bytes.length; round++) {
      const abort = new AbortController();
      const part = new Uint8Array(1 + (round % 3_000));
      const reading = peer.read(part, { signal: abort.signal });
      if (round % 3 === 0) abort.abort();
      const read = await reading.catch((error) => {
        expect(error.name).to.equal("AbortError");
        return 0;
      });
      all.set(part.subarray(0, read), count);
      count += read;
    }
    expect(Buffer.compare(all, bytes)).to.equal(0);
  });

  test("is bounded while nobody reads: at most 64 KiB, all of it given back by detach", async () => {
    const [peer, other] = await ends.open();
    other.write("a");
    await peer.read(new Uint8Array(1));
    const bytes = pattern(1_000_000);
    other.write(bytes);
    await turns(50);
    const { fd, unread } = await peer.detach();
    expect(unread?.length).to.be.within(1, 65_536);
    const rest = new net.Socket({ fd });
    const parts: Uint8Array[] = [unread as Uint8Array];
    other.end();
    rest.on("data", (part) => parts.push(part));
    await once(rest, "end");
    rest.destroy();
    expect(Buffer.compare(Buffer.concat(parts), bytes)).to.equal(0);
  });

  test("runs out of buffers: no error, nothing lost, and no other handle stops", async () => {
    // More streams that hold their bound of buffers than the pool has.
    const held = await ends.openMany(300);
    await Promise.all(
      held.map(async ([peer, other]) => {
        const reading = peer.read(new Uint8Array(1));
        other.write("a");
        await reading;
      }),
    );
    const bytes = pattern(20_000);
    for (const [, other] of held) other.write(bytes);
    await turns(20);
    const [peer, other] = await ends.open();
    for (let round = 0; round < 50; round++) {
      const reading = peer.read(new Uint8Array(10));
      other.write("b");
      expect(await reading).to.equal(1);
    }
    for (const [one] of held) {
      expect(Buffer.compare(await readAll(one, bytes.length), bytes)).to.equal(0);
    }
  });

  test("holds nothing for idle connections: more of them than buffers all get theirs", async () => {
    const idle = await ends.openMany(1_200);
    const readings = idle.map(([peer]) => peer.read(new Uint8Array(4)));
    await turns(5);
    for (const [, other] of idle) other.write("here");
    expect(new Set(await Promise.all(readings))).to.deep.equal(new Set([4]));
  });

  test("is never another handle's: slots used again at once, with bytes under way", async () => {
    for (let round = 0; round < 200; round++) {
      const [peer, other] = await ends.open();
      const reading = codeOf(peer.readChunk());
      other.write(`${round}`);
      // Every other one closes before it can have seen its bytes, or while they come.
      if (round % 2 === 0) await Promise.all([peer.close(), reading]);
      else {
        const chunk = (await reading) as Uint8Array;
        expect(Buffer.from(chunk).toString()).to.equal(`${round}`);
        await peer.close();
      }
      other.destroy();
    }
    const { handles, pending } = notifier.counters;
    expect({ handles, pending }).to.deep.equal({ handles: 0, pending: 0 });
  });
});

describe("io_uring and the kernel", () => {
  test("one entry a turn at most, however many handles: less than one per batch", async () => {
    const notifier = openUring();
    const ends = new Ends(notifier);
    const pairs = await ends.openMany(32);
    const before = notifier.counters;
    for (let round = 0; round < 50; round++) {
      const readings = pairs.map(([peer]) => peer.read(new Uint8Array(10)));
      for (const [, other] of pairs) other.write("x");
      await Promise.all(readings);
    }
    const after = notifier.counters;
    const batches = after.batches - before.batches;
    expect(after.operations - before.operations).to.equal(32 * 50);
    expect(batches).to.be.at.most(50 * 4);
    expect(after.kernelEntries - before.kernelEntries).to.be.within(1, batches + 2);
    ends.close();
    await notifier.close();
  });

  test("a close with a receive under way: the peer hears of it, the port is free", async () => {
    const notifier = openUring();
    const ends = new Ends(notifier);
    const [peer, other] = await ends.open();
    const reading = codeOf(peer.read(new Uint8Array(1)));
    await turns(2);
    other.resume();
    const ended = once(other, "end");
    await peer.close();
    expect(await reading).to.equal("PIKE_CLOSED");
    await ended;
    ends.close();
    await notifier.close();
  });

  test("driven by hand: one entry a poll", async () => {
    const notifier = openUring("", "manual");
    const ends = new Ends(notifier);
    const opening = ends.open();
    let pair: readonly [Socket, net.Socket] | null = null;
    void opening.then((found) => {
      pair = found;
    });
    while (pair === null) {
      notifier.poll(0);
      await turns(1);
    }
    const [peer, other] = pair as readonly [Socket, net.Socket];
    for (let round = 0; round < 20; round++) {
      const reading = peer.read(new Uint8Array(10));
      other.write("x");
      await turns(1);
      const { kernelEntries } = notifier.counters;
      let polls = 0;
      for (let found = 0; found === 0; polls++) {
        found = notifier.poll(0);
        // A runtime may write what it was given in a later turn.
        if (found === 0) await turns(1);
      }
      expect(await reading).to.equal(1);
      expect(notifier.counters.kernelEntries - kernelEntries).to.be.within(1, polls);
    }
    ends.close();
    const closing = notifier.close();
    await closing;
  });

  test("a worker is terminated with operations in flight: all is let go", async () => {
    const { code, signal, stdout, stderr } = await run(
      `
      import net from "node:net";
      import { once } from "node:events";
      const server = net.createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      const source = \`
        import { parentPort } from "node:worker_threads";
        import { openNotifier } from "@pike-io/notifier-native";
        import { connect, listen } from "@pike-io/socket";
        const notifier = openNotifier({ backend: "io_uring" });
        for (let i = 0; i < 20; i++) {
          const peer = await connect({ host: "127.0.0.1", port: PORT, notifier });
          peer.read(new Uint8Array(65536)).catch(() => {});
          peer.writeAll(new Uint8Array(8 << 20)).catch(() => {});
        }
        const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
        listener[Symbol.asyncIterator]().next();
        parentPort.postMessage("there");\`;
      const round = async () => {
        const gone = [];
        const onPeer = (peer) => {
          peer.on("error", () => {});
          gone.push(once(peer.resume(), "close"));
        };
        server.on("connection", onPeer);
        const worker = startWorker(source.replace("PORT", server.address().port));
        worker.on("error", (error) => console.log(error));
        await once(worker, "message");
        while (gone.length < 20) await once(server, "connection");
        await worker.terminate();
        await Promise.all(gone);
        server.off("connection", onPeer);
        return gone.length;
      };
      await round();
      const before = await held();
      let peers = 0;
      for (let i = 0; i < 3; i++) peers += await round();
      const after = await held();
      console.log(peers, after === before ? "all freed" : \`\${before} → \${after}\`);
      server.close();`,
    );
    expect({ code, signal, stdout, stderr }).to.deep.equal({
      code: 0,
      signal: null,
      stdout: "60 all freed\n",
      stderr: "",
    });
  });
});
