/**
 * Hazard: the kernel reads memory long after a write has returned: it is changed, waited for
 * without end, or told of when nobody is there any more.
 */

import { rmSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PikeError } from "@pike-io/notifier";
import type { NativeNotifier } from "@pike-io/notifier-native";
import { connect, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { run } from "./program.js";
import { Ends, openUring, pattern, test } from "./uring.js";

const MUCH = 20_000_000;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** All that the other end gets until it closes. */
async function drained(other: net.Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  other.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => other.on("close", resolve));
  return Buffer.concat(parts);
}

const failure = (promise: Promise<unknown>): Promise<PikeError> =>
  promise.then(
    () => expect.fail("it succeeded"),
    (error) => error,
  );

describe("writes from memory that the kernel may keep", () => {
  let notifier: NativeNotifier;
  let ends: Ends;
  let peer: Socket;
  let other: net.Socket;
  beforeEach(async () => {
    notifier = openUring();
    ends = new Ends(notifier);
    [peer, other] = await ends.open();
  });
  afterEach(async () => {
    ends.close();
    await notifier.close();
    const { pending, handles } = notifier.counters;
    expect({ pending, handles }).to.deep.equal({ pending: 0, handles: 0 });
  });

  function memory(size: number): Uint8Array {
    const allocated = notifier.allocate(size);
    allocated.set(pattern(size));
    return allocated;
  }

  test("go out by the ring, whole and in order with others; the memory serves again", async () => {
    expect(notifier.features).to.include("send_zc");
    const allocated = memory(1_000_000);
    const text = drained(other);
    const calls = peer.counters.systemCalls;
    await peer.writeAll(allocated);
    expect(peer.counters.systemCalls).to.equal(calls);
    allocated.fill(7);
    await Promise.all([
      peer.writeAll(allocated.subarray(0, 500_000)),
      peer.writeAll(pattern(1_000, 5)),
      peer.writeAll(allocated.subarray(500_000)),
    ]);
    await peer.close();
    const sevens = Buffer.alloc(500_000, 7);
    const expected = Buffer.concat([pattern(1_000_000), sevens, pattern(1_000, 5), sevens]);
    expect(Buffer.compare(await text, expected)).to.equal(0);
  });

  test("aborted while they wait say how much went; those behind them follow", async () => {
    other.pause();
    const abort = new AbortController();
    const error = failure(peer.writeAll(memory(MUCH), { signal: abort.signal }));
    const behind = peer.writeAll(pattern(1_000, 3));
    await turns(20);
    abort.abort();
    await turns(20);
    const text = drained(other);
    other.resume();
    const { name, transferred = 0 } = await error;
    expect(name).to.equal("AbortError");
    expect(transferred).to.be.within(1, MUCH - 1);
    await behind;
    await peer.close();
    const expected = Buffer.concat([pattern(transferred), pattern(1_000, 3)]);
    expect(Buffer.compare(await text, expected)).to.equal(0);
  });

  test("do not hold up a close, whose peer takes nothing; late word of them is dropped", async () => {
    other.pause();
    const error = failure(peer.writeAll(memory(MUCH)));
    await turns(20);
    await peer.close();
    const { code, transferred = 0 } = await error;
    expect(code).to.equal("PIKE_CLOSED");
    const text = drained(other);
    other.resume();
    expect(Buffer.compare(await text, pattern(transferred))).to.equal(0);
    await turns(20);
    expect(notifier.counters.stale).to.be.at.most(1);
  });

  test("to a peer that is gone fail", async () => {
    other.resetAndDestroy();
    const allocated = memory(100_000);
    let error: PikeError | null = null;
    while (error === null) {
      error = await peer.writeAll(allocated).then(
        () => null,
        (found) => found,
      );
    }
    expect(error.code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    expect((await failure(peer.writeAll(allocated))).code).to.equal("EPIPE");
  });

  test("on a kind of socket that cannot lend go by calls", async () => {
    const path = join(tmpdir(), `pike-lent-${process.pid}.sock`);
    const listener = await listen({ path, notifier });
    const accepted = listener.accept();
    const client = await connect({ path, notifier });
    const server = await accepted;
    const allocated = memory(100_000);
    const writing = client.writeAll(allocated);
    const found = new Uint8Array(100_000);
    for (let at = 0; at < found.length; ) at += await server.read(found.subarray(at));
    await writing;
    expect(Buffer.compare(found, allocated)).to.equal(0);
    await Promise.all([client.close(), server.close(), listener.close()]);
    rmSync(path, { force: true });
  });

  test("do not believe an array that says it lies in such memory", async () => {
    const liar = Object.defineProperty(pattern(MUCH), "buffer", { value: memory(10).buffer });
    const text = drained(other);
    const calls = peer.counters.systemCalls;
    await peer.writeAll(liar);
    // A call for each part: the ring would have counted none.
    expect(peer.counters.systemCalls).to.be.above(calls);
    await peer.close();
    expect(Buffer.compare(await text, pattern(MUCH))).to.equal(0);
  });

  test("are copied by a kernel that cannot do it, and by calls", async () => {
    const plain = openUring("-send_zc");
    const plainEnds = new Ends(plain);
    const [one, end] = await plainEnds.open();
    expect(plain.features).not.to.include("send_zc");
    const allocated = plain.allocate(200_000);
    allocated.set(pattern(200_000));
    const text = drained(end);
    const calls = one.counters.systemCalls;
    await one.writeAll(allocated);
    expect(one.counters.systemCalls).to.be.above(calls);
    await one.close();
    expect(Buffer.compare(await text, pattern(200_000))).to.equal(0);
    plainEnds.close();
    await plain.close();
  });
});

/**
 * A program with a write of 20 MB under way from allocated memory, in a worker or not, to a peer
 * that takes nothing; `end` ends it. Then the peer takes all there is: the pattern, and no byte of
 * what came into memory after that.
 */
function ended(where: "here" | "worker", end: string): string {
  const writer = `
    const notifier = openNotifier({ backend: "io_uring" });
    const peer = await connect({ host: "127.0.0.1", port, notifier });
    let memory = notifier.allocate(${MUCH});
    for (let i = 0; i < ${MUCH}; i++) memory[i] = i * 31;
    const outcome = peer.writeAll(memory).then(() => "done", (error) => error.code);
    memory = null;`;
  return `
    import net from "node:net";
    import { once } from "node:events";
    import { setFlagsFromString } from "node:v8";
    import { runInNewContext } from "node:vm";
    setFlagsFromString("--expose-gc");
    const collect = globalThis.Bun === undefined ? runInNewContext("gc") : () => Bun.gc(true);
    const server = net.createServer({ pauseOnConnect: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address();
    const accepted = once(server, "connection");
    ${where === "here" ? writer : startedInWorker(writer)}
    const [other] = await accepted;
    ${end}
    for (let i = 0; i < 3; i++) {
      collect();
      new Uint8Array(new WebAssembly.Memory({ initial: 320 }).buffer).fill(255);
      await new Promise(setImmediate);
    }
    let count = 0, whole = true;
    other.on("data", (part) => {
      for (const byte of part) whole &&= byte === ((count++ * 31) & 255);
    });
    other.on("error", () => {});
    other.resume();
    await once(other, "close");
    server.close();
    console.log(count > 0, whole);`;
}

function startedInWorker(source: string): string {
  const text = `
    import { openNotifier } from "@pike-io/notifier-native";
    import { connect } from "@pike-io/socket";
    const port = PORT;
    ${source}
    const { parentPort } = await import("node:worker_threads");
    while (peer.counters.bytesWritten === 0) await new Promise(setImmediate);
    parentPort.postMessage(0);
    await outcome;`;
  return `
    const worker = startWorker(${JSON.stringify(text)}.replace("PORT", port));
    await once(worker, "message");`;
}

describe("memory under way in the kernel", () => {
  for (const [what, where, end] of [
    ["a closed socket's", "here", "await peer.close(); console.error(await outcome);"],
    ["a closed notifier's", "here", "await notifier.close(); console.error(await outcome);"],
    ["a terminated worker's", "worker", "await worker.terminate();"],
  ] as const) {
    test(`${what} arrives as it was`, async () => {
      const { code, stdout, stderr } = await run(
        ended(where, end) +
          (end.includes("notifier.close") || where === "worker" ? "" : "await notifier.close();"),
      );
      expect(stdout.trim()).to.equal("true true");
      expect(stderr.trim()).to.equal(where === "here" ? "PIKE_CLOSED" : "");
      expect(code).to.equal(0);
    });
  }

  test("beyond the limit on locked memory is copied", async () => {
    const program = `
      const notifier = openNotifier({ backend: "io_uring" });
      const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
      const { port } = listener.address;
      const accepted = listener.accept();
      const peer = await connect({ host: "127.0.0.1", port, notifier });
      const other = await accepted;
      const memory = notifier.allocate(${MUCH});
      const sent = peer.writeAll(memory.fill(7)).then(() => peer.close());
      let count = 0;
      const part = new Uint8Array(65_536);
      for (let n; (n = await other.read(part)) > 0; ) count += n;
      await sent;
      await other.close();
      await listener.close();
      await notifier.close();
      console.log(count);`;
    const unprivileged = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-ipc_lock"] : [];
    const limited = [...unprivileged, "prlimit", "--memlock=4194304:4194304"];
    const { stdout, stderr } = await run(program, {}, limited);
    expect([stdout.trim(), stderr.trim()]).to.deep.equal([String(MUCH), ""]);
  });
});
