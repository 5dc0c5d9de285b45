/** Hazard: an edge is missed and a reader sleeps for ever, or system calls are made for nothing. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, openSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Event } from "@pike-io/event";
import { Handle } from "@pike-io/handle";
import { Code, type Notifier, Operation } from "@pike-io/notifier";
import { type NativeNotifier, openNotifier } from "@pike-io/notifier-native";
import { connect, type Listener, listen, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { request } from "./request.js";

/** A peer in Python, which can send what Node's own sockets cannot. */
function python(source: string, ...args: string[]): ChildProcess {
  return spawn("python3", ["-c", source, ...args], { stdio: ["ignore", "inherit", "inherit"] });
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, "close");
  expect(code).to.equal(0);
}

/** Reads until the end of the stream. */
async function all(peer: Socket): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of peer) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function portOf(listener: Listener): number {
  return (listener.address as { port: number }).port;
}

describe("edges that are easy to miss", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier();
  });
  afterEach(() => notifier.close());

  it("a descriptor sent along a Unix stream ends a read early, and the bytes behind it still come", async () => {
    const path = join(tmpdir(), `pike-${process.pid}-rights.sock`);
    const listener = await listen({ path, notifier });
    const sender = python(
      `
import socket, sys, time
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
s.recv(1)                                  # the reader waits now
socket.send_fds(s, [b"abc"], [0]); s.send(b"def")
s.recv(1)                                  # both are there before it ends
`,
      path,
    );
    const peer = await listener.accept();
    const first = peer.readChunk();
    await peer.writeAll(Buffer.from("1"));
    let text = Buffer.from((await first) ?? []).toString();
    while (text.length < 6) text += Buffer.from((await peer.readChunk()) ?? []).toString();
    expect(text).to.equal("abcdef");
    await peer.writeAll(Buffer.from("2"));
    await ended(sender);
  });

  it("urgent data in the middle of a stream cuts a read, and the bytes behind it still come", async () => {
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    const sender = python(
      `
import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
s.recv(1); s.send(b"abc"); s.send(b"X", socket.MSG_OOB); s.send(b"def"); s.shutdown(socket.SHUT_WR)
`,
      String(portOf(listener)),
    );
    const peer = await listener.accept();
    const text = all(peer);
    await peer.writeAll(Buffer.from("1"));
    expect(await text).to.equal("abcdef");
    await ended(sender);
  });

  it("data and the end of the stream in one edge are both seen", async () => {
    const server = net.createServer((socket) => socket.end("last words"));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    for (let round = 0; round < 200; round++) {
      const peer = await connect({ host: "127.0.0.1", port, notifier });
      expect(await all(peer)).to.equal("last words");
      await peer.close();
    }
    server.close();
  });

  it("a reset that a writer was told is no end of the stream to the reader", async () => {
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    const other = net.connect(portOf(listener), "127.0.0.1");
    await once(other, "connect");
    const peer = await listener.accept();
    other.resetAndDestroy();
    await peer.wait("read");
    const codes: string[] = [];
    const told = (error: { code: string }): number => codes.push(error.code);
    await peer.writeAll(Buffer.from("x")).catch(told);
    await peer.readChunk().catch(told);
    await peer.readChunk().catch(told);
    expect(codes).to.deep.equal(["ECONNRESET", "ECONNRESET", "ECONNRESET"]);
  });

  it("a pipe whose writer goes ends the read (a hang-up without data)", async () => {
    const path = join(tmpdir(), `pike-${process.pid}.fifo`);
    execFileSync("mkfifo", [path]);
    const handle = Handle.adopt(
      notifier,
      openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    );
    const writer = spawn("sh", ["-c", `exec > ${path}; printf last; read wait`], { stdio: "pipe" });
    expect(Buffer.from((await handle.readChunk()) ?? []).toString()).to.equal("last");
    const end = handle.readChunk();
    writer.stdin.end();
    expect(await end).to.equal(null);
    await handle.close();
    rmSync(path);
  });
});

describe("system calls made for nothing", () => {
  let notifier: NativeNotifier;
  let server: net.Server;
  let peer: Socket;
  let other: net.Socket;

  beforeEach(async () => {
    notifier = openNotifier();
    server = net.createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const accepted = once(server, "connection");
    const { port } = server.address() as net.AddressInfo;
    peer = await connect({ host: "127.0.0.1", port, notifier });
    [other] = (await accepted) as [net.Socket];
  });
  afterEach(async () => {
    other.destroy();
    server.close();
    await notifier.close();
  });

  it("a read after a short read is not attempted before the next edge", async () => {
    const buffer = new Uint8Array(100);
    const { wouldBlocks } = peer.counters; // the connect had one
    for (let round = 0; round < 10; round++) {
      const before = peer.counters;
      const reading = peer.read(buffer);
      if (round > 0) expect(peer.counters.systemCalls).to.equal(before.systemCalls);
      other.write("x");
      expect(await reading).to.equal(1);
    }
    expect(peer.counters.wouldBlocks).to.equal(wouldBlocks);
  });

  it("a deadline per read costs none at steady state", async () => {
    const buffer = new Uint8Array(100);
    const round = async (options?: { timeoutMs: number }): Promise<void> => {
      const reading = peer.read(buffer, options);
      other.write("x");
      await reading;
    };
    const cost = async (options?: { timeoutMs: number }): Promise<number> => {
      await round(options);
      const before = notifier.counters;
      for (let i = 0; i < 100; i++) await round(options);
      const after = notifier.counters;
      return after.systemCalls - before.systemCalls - (after.batches - before.batches);
    };
    // Beside one wait per batch, a read is one call, with a deadline or without; or none, where the
    // kernel has received by itself.
    const calls = notifier.backend === "io_uring" ? 0 : 100;
    expect(await cost()).to.equal(calls);
    expect(await cost({ timeoutMs: 60_000 })).to.equal(calls);
  });

  it("no native call for an operation within a batch, and one call into JavaScript per wake-up", async () => {
    const buffer = new Uint8Array(100);
    const before = notifier.counters;
    for (let i = 0; i < 100; i++) {
      const reading = peer.read(buffer);
      other.write("x");
      await reading;
    }
    const after = notifier.counters;
    const operations = after.operations - before.operations;
    const batches = after.batches - before.batches;
    expect(operations).to.equal(100);
    expect(batches).to.be.at.most(100);
    // The first read is a call of its own; the others are posted while a batch is handled.
    const calls = notifier.attachment === "loop" ? 1 : operations;
    expect(after.crossings - before.crossings).to.equal(calls + batches);
  });

  it("a satisfied read loop gives way after 16 results: others get their turn", async () => {
    other.write(Buffer.alloc(5_000));
    const buffer = new Uint8Array(1);
    let results = await peer.read(buffer);
    let seen = 0;
    setImmediate(() => {
      seen = results;
    });
    while (results < 1_000) results += await peer.read(buffer);
    expect(seen).to.be.within(1, 40);
  });
});

describe("a close that lingers", () => {
  it("does not hold up the loop", async () => {
    const notifier = openNotifier();
    const server = net.createServer((socket) => socket.pause());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const peer = await connect({ host: "127.0.0.1", port, notifier });
    peer.set("linger", 2);
    // More than the peer takes: the close would wait for the rest.
    await peer.writeAll(new Uint8Array(8 << 20), { timeoutMs: 100 }).catch(() => {});
    const start = performance.now();
    await peer.close();
    expect(performance.now() - start).to.be.below(1_000);
    server.close();
    await notifier.close();
  });
});

describe("operations on what does not serve them", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier();
  });
  afterEach(() => notifier.close());

  it("accept on a socket that does not listen is refused at once, instead of waiting for ever", async () => {
    for (const type of ["stream", "datagram"] as const) {
      const socket = Socket.open("ipv4", type).registerTo(notifier);
      const error = await socket.accept().catch((error) => error);
      expect(error.code).to.be.oneOf(["EINVAL", "EOPNOTSUPP"]);
    }
  });

  it("an event and a signal wait cannot be read, written or detached", () => {
    for (const handle of [notifier.openEvent("counting"), notifier.openSignal(["SIGUSR2"])]) {
      for (const operation of [Operation.read, Operation.write, Operation.detach]) {
        expect(notifier.submit(request(operation, handle))).to.equal(-Code.PIKE_UNSUPPORTED);
      }
    }
  });
});

describe("an event that is waited for again and again", () => {
  it("wakes its waiter once a post: taking it is no news", async () => {
    const notifier = openNotifier();
    const event = Event.open(notifier);
    const poster = event.poster();
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const round = async (): Promise<void> => {
      const waiting = event.wait();
      await turn();
      Event.post(notifier, poster);
      await waiting;
      for (let i = 0; i < 3; i++) await turn();
    };
    await round();
    const before = event.counters;
    const calls = notifier.counters.systemCalls;
    for (let i = 0; i < 50; i++) await round();
    // One wait of the notifier and one read of the event each.
    expect(notifier.counters.systemCalls - calls).to.be.at.most(100);
    expect(event.counters.systemCalls - before.systemCalls).to.equal(50);
    await event.close();
    await notifier.close();
  });
});
