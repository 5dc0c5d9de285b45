/**
 * Hazard: what the system tells, by kqueue(2) above all, is taken for something else: an error for
 * the end, the end for emptiness, a refusal for a registration, an interruption for nothing to do.
 */

import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import net from "node:net";
import { devNull, constants as system } from "node:os";
import { Event } from "@pike-io/event";
import { Handle } from "@pike-io/handle";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { connect, type Listener, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { type Ended, run } from "./program.js";
import { reactorName } from "./reactor-name.js";

const isKqueue = reactorName === "kqueue";
/** Faults can be made where the kqueue is the stand-in. */
const isStandin = isKqueue && process.platform === "linux";
/** Windows tells of connections otherwise, and macOS may watch /dev/null. */
const isPosix = process.platform !== "win32";
const itPosix = isPosix ? it : (title: string): Mocha.Test => it(`${title} (skipped: Windows)`);
const itLinux =
  process.platform === "linux"
    ? it
    : (title: string): Mocha.Test => it(`${title} (skipped: not on Linux)`);
const itFaulty = isStandin
  ? it
  : (title: string): Mocha.Test => it(`${title} (skipped: no faults can be made here)`);

const { EINVAL, ENOMEM } = system.errno;

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "none";
}

/** Runs a program over a kqueue with faults, to its good end. */
async function faulty(faults: string, source: string): Promise<string> {
  const ended: Ended = await run(source, { KQUEUE_FAULTS: faults });
  expect(ended.stderr).to.equal("");
  expect(ended.code).to.equal(0);
  return ended.stdout.trim();
}

describe("what the system tells of connections", () => {
  let notifier: Notifier;
  let listener: Listener;
  let peer: net.Socket;
  let socket: Socket;
  beforeEach(async () => {
    notifier = openNotifier();
    listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    const { port } = listener.address as { port: number };
    peer = net.connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    peer.on("error", () => {}); // resets are made on purpose
    socket = await listener.accept();
    // A reset before that is a plain close in Deno.
    if (peer.connecting) await once(peer, "connect");
  });
  afterEach(async () => {
    peer.destroy();
    await notifier.close();
  });

  async function rest(): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  itPosix(
    "the end comes with data still to read: all of it is read, then the end, and again",
    async () => {
      const first = socket.read(new Uint8Array(1)); // it is watched from here on
      const finished = new Promise((resolve) => peer.once("finish", resolve));
      peer.end("x".repeat(50_000));
      expect(await first).to.equal(1);
      await finished;
      expect((await rest()).length).to.equal(49_999);
      expect(await socket.read(new Uint8Array(1))).to.equal(0);
    },
  );

  itPosix("the end of reading is not the end of writing", async () => {
    const text = rest();
    peer.end();
    expect(await text).to.equal("");
    const heard = new Promise<string>((resolve) => peer.once("data", (data) => resolve(`${data}`)));
    await socket.writeAll(Buffer.from("still here"));
    expect(await heard).to.equal("still here");
  });

  itPosix(
    "a socket's error in fflags is the reader's, not the end of the stream, and stays",
    async () => {
      const read = codeOf(socket.read(new Uint8Array(1)));
      peer.resetAndDestroy();
      expect(await read).to.equal("ECONNRESET");
      expect(await codeOf(socket.read(new Uint8Array(1)))).to.equal("ECONNRESET");
    },
  );

  itPosix("an error that the option told somebody else is the reader's all the same", async () => {
    const wait = socket.wait("read");
    peer.resetAndDestroy();
    await wait;
    socket.get("error");
    expect(await codeOf(socket.read(new Uint8Array(1)))).to.equal("ECONNRESET");
  });

  itPosix("a refused connect is told with its error, once, and the notifier goes on", async () => {
    const { port } = listener.address as { port: number };
    await listener.close();
    for (let i = 0; i < 3; i++) {
      expect(await codeOf(connect({ host: "127.0.0.1", port, notifier }))).to.equal("ECONNREFUSED");
    }
  });

  itPosix("a number that was closed and is used again: what is told is the new one's", async () => {
    for (let i = 0; i < 20; i++) {
      const { port } = listener.address as { port: number };
      const [mine, theirs] = await Promise.all([
        connect({ host: "127.0.0.1", port, notifier }),
        listener.accept(),
      ]);
      const pending = codeOf(mine.read(new Uint8Array(8)));
      await theirs.writeAll(Buffer.from("late"));
      await Promise.all([mine.close(), theirs.close()]);
      expect(await pending).to.be.oneOf(["PIKE_CLOSED", "none"]);
    }
    expect(notifier.counters.handles).to.equal(2);
  });
});

describe("what the system tells of events", () => {
  itPosix("every post is counted, however many made one event of the kernel", async () => {
    const notifier = openNotifier();
    const event = Event.open(notifier, { mode: "counting" });
    let taken = 0;
    for (let round = 0; round < 50; round++) {
      const waiting = event.wait();
      for (let i = 0; i <= round; i++) event.post();
      let told = await waiting;
      while (told <= round) told += await event.wait();
      taken += told;
    }
    expect(taken).to.equal((50 * 51) / 2);
    await notifier.close();
  });
});

describe("what the system refuses", () => {
  itLinux("a descriptor that it cannot watch is PIKE_UNSUPPORTED, and left as it was", async () => {
    const notifier = openNotifier();
    const fd = openSync(devNull, "r+");
    const before = fstatSync(fd);
    expect(() => Handle.adopt(notifier, fd))
      .to.throw()
      .with.property("code", "PIKE_UNSUPPORTED");
    expect(fstatSync(fd).rdev).to.equal(before.rdev);
    closeSync(fd);
    await notifier.close();
  });

  itFaulty(
    "both filters: adopting is PIKE_UNSUPPORTED, and the descriptor stays open",
    async () => {
      const said = await faulty(
        `read:${EINVAL},write:${EINVAL}`,
        `
const net = await import("node:net");
const server = net.createServer((peer) => peer.end("alive")).listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const notifier = openNotifier();
try { Handle.adopt(notifier, server._handle.fd); } catch (error) { console.log(error.code); }
await notifier.close();
const client = net.connect(server.address().port, "127.0.0.1");
client.on("data", (data) => console.log(String(data)));
client.on("close", () => server.close());`,
      );
      expect(said).to.equal("PIKE_UNSUPPORTED\nalive");
    },
  );

  itFaulty(
    "one filter for want of memory: that is the error, and nothing is half registered",
    async () => {
      const said = await faulty(
        `write:${ENOMEM}`,
        `
const notifier = openNotifier();
const listener = await listen({ host: "127.0.0.1", port: 0, notifier }).catch((error) => error);
const got = listener.code ?? await listener.accept().catch((error) => error.code);
console.log(got);
await notifier.close();`,
      );
      expect(said).to.equal("ENOMEM");
    },
  );

  itFaulty("every timer: deadlines are kept all the same", async () => {
    const said = await faulty(
      `timer:${ENOMEM}`,
      `
const notifier = openNotifier();
const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
const { port } = listener.address;
const accepted = listener.accept();
const socket = await connect({ host: "127.0.0.1", port, notifier });
await accepted;
const bytes = new Uint8Array(1);
console.log(await socket.read(bytes, { timeoutMs: 30 }).catch((error) => error.code));
await notifier.close();`,
    );
    expect(said).to.equal("PIKE_TIMEOUT");
  });
});

describe("a system without buffer space", () => {
  itFaulty("makes writes and datagrams wait: none is lost, none fails", async () => {
    const said = await faulty(
      "space",
      `
const notifier = openNotifier();
const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
const { port } = listener.address;
const accepted = listener.accept();
const client = await connect({ host: "127.0.0.1", port, notifier });
const peer = await accepted;
const sender = (async () => {
  for (let i = 0; i < 50; i++) await client.writeAll(Buffer.from("0123456789"));
  await client.writeAll(Buffer.alloc(300_000));
  await client.close();
})();
let bytes = 0;
for await (const chunk of peer) bytes += chunk.length;
await sender;
const receiver = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
const to = receiver.getBindAddress();
const other = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
let datagrams = 0;
for (let i = 0; i < 10; i++) {
  await other.sendTo(new Uint8Array(3), to);
  datagrams += (await receiver.recvFrom(new Uint8Array(9))).length;
}
console.log(bytes, datagrams);
await notifier.close();`,
    );
    expect(said).to.equal("300500 30");
  });
});

describe("a wait of kqueue that a signal interrupts", () => {
  const echo = `
const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
const [client, peer] = await Promise.all([
  connect({ host: "127.0.0.1", port: listener.address.port, notifier }),
  listener.accept(),
]);
let echoed = 0;
for (let i = 0; i < 200; i++) {
  await client.writeAll(Buffer.from("x".repeat(100)));
  const bytes = new Uint8Array(100);
  for (let read = 0; read < 100; ) {
    const count = await peer.read(bytes.subarray(read));
    read += count;
    echoed += count;
  }
}
console.log(echoed, await peer.read(new Uint8Array(1), { timeoutMs: 20 }).catch((e) => e.code));
await notifier.close();`;

  itFaulty("loses nothing and ends no deadline early, attached", async () => {
    const said = await faulty("interrupted", `const notifier = openNotifier();${echo}`);
    expect(said).to.equal("20000 PIKE_TIMEOUT");
  });

  itFaulty("nor with a thread that waits", async () => {
    const source = `const notifier = openNotifier({ attach: "thread" });${echo}`;
    expect(await faulty("interrupted", source)).to.equal("20000 PIKE_TIMEOUT");
  });
});
