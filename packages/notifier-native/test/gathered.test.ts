/**
 * Hazard: a small write that was answered before it was sent is lost, overtaken, held back for
 * long, or its failure never told.
 */
import { once } from "node:events";
import net from "node:net";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import type { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { Crowd, PEERS } from "./crowd.js";
import { run } from "./program.js";

const ALWAYS = 1_000_000; // handlers that take less than a second each

/** Stands in for `describe` where there is nothing to test. */
function ignore(): void {}

async function untilEnd(client: Socket): Promise<string> {
  let text = "";
  for await (const chunk of client) text += Buffer.from(chunk).toString();
  return text;
}

const probe = openNotifier();
const gathers = probe.attachment === "loop";
await probe.close();

if (!gathers)
  it("small writes are gathered (only where pike's own call into JavaScript ends a batch)");

(gathers ? describe : ignore)("small writes answered before they are sent", () => {
  let server: Notifier;
  let other: Notifier;
  beforeEach(() => {
    server = openNotifier({ gatherMicros: ALWAYS });
    other = openNotifier();
  });
  afterEach(() => Promise.all([server.close(), other.close()]));

  it("within a batch neither they nor the reads around them are a native call", async () => {
    const crowd = await Crowd.gather(server, other);
    const echo = (peer: Socket): Promise<void> => peer.writeAll(Buffer.from("!"));
    for (let i = 0; i < 3; i++) await crowd.round(echo);
    await crowd.read(3);
    const before = server.counters;
    // Readers that come back for more of themselves, as a server's do.
    const rounds = 10;
    const served = crowd.peers.map(async (peer) => {
      for (let i = 0; i < rounds; i++) {
        await peer.readChunk();
        await peer.writeAll(Buffer.from("!"));
      }
    });
    for (let i = 0; i < rounds; i++) {
      await Promise.all(crowd.clients.map((client) => client.writeAll(Buffer.from("?"))));
      await crowd.read(1);
    }
    await Promise.all(served);
    const after = server.counters;
    const batches = after.batches - before.batches;
    expect(after.operations - before.operations).to.equal(2 * PEERS * rounds);
    expect(batches).to.be.at.most(rounds * PEERS);
    // The first reads were submitted outside of a batch; a batch of few is not gathered.
    const calls = after.crossings - before.crossings - batches;
    expect(calls).to.be.below(PEERS * rounds);
    expect(after.bytesWritten - before.bytesWritten).to.equal(PEERS * rounds);
  });

  it("a second write in the same batch comes after the first, and so does a large one", async () => {
    const crowd = await Crowd.gather(server, other);
    const large = "c".repeat(100_000);
    for (let i = 0; i < 3; i++) {
      const reading = crowd.read(100_002);
      await crowd.round(async (peer) => {
        await peer.writeAll(Buffer.from("a"));
        await peer.writeAll(Buffer.from("b"));
        await peer.writeAll(Buffer.from(large));
      });
      for (const text of await reading) expect(text === `ab${large}`).to.equal(true);
    }
  });

  it("what is written before a half-close, a close or a detach comes before it", async () => {
    const crowd = await Crowd.gather(server, other);
    await crowd.round((peer) => peer.writeAll(Buffer.from("1")));
    const detached: number[] = [];
    const texts = Promise.all(crowd.clients.map(untilEnd));
    await crowd.round(async (peer, index) => {
      await peer.writeAll(Buffer.from("2"));
      if (index % 3 === 0) peer.shutdown("write");
      else if (index % 3 === 1) await peer.close();
      else detached.push((await peer.detach()).fd);
    });
    expect(detached).to.have.length(5);
    for (const fd of detached) new net.Socket({ fd }).end("3");
    const expected = crowd.clients.map((_, index) => (index % 3 === 2 ? "123" : "12"));
    expect(await texts).to.deep.equal(expected);
  });

  it("a writer's messages one by one arrive in order, in far fewer calls of the system", async () => {
    const crowd = await Crowd.gather(server, other);
    const [peer, client] = [crowd.peers[0] as Socket, crowd.clients[0] as Socket];
    const text = untilEnd(client);
    const before = peer.counters.systemCalls;
    let sent = "";
    for (let i = 0; i < 2_000; i++) {
      const message = `${i};`.padEnd(i % 100 === 0 ? 2_100 : 100, "abcdefgh"); // some too large
      sent += message;
      await peer.writeAll(Buffer.from(message));
    }
    expect(peer.counters.systemCalls - before).to.be.below(1_000);
    await peer.close();
    expect((await text) === sent).to.equal(true);
  });

  it("the failure of one is told by the next", async () => {
    const crowd = await Crowd.gather(server, other);
    await crowd.round((peer) => peer.writeAll(Buffer.from("1")));
    await crowd.read(1);
    const codes: string[][] = [];
    const served = crowd.peers.map(async (peer) => {
      const told: string[] = [];
      await peer.readChunk();
      for (let i = 0; i < 2; i++) {
        await peer.writeAll(Buffer.from("2")).catch((error) => told.push(error.code));
      }
      await peer.readChunk().catch((error) => told.push(error.code));
      codes.push(told);
    });
    const others = await Promise.all(crowd.clients.map((client) => client.detach()));
    // The byte waits at the peer, and behind it the reset.
    for (const { fd } of others) {
      const socket = new net.Socket({ fd });
      socket.write("?");
      socket.resetAndDestroy();
    }
    await Promise.all(served);
    // Whether the reader or the writer hears of the reset first is the system's. A kernel that
    // tells of it together with the byte has both writes told.
    for (const told of codes) {
      expect(told.pop()).to.equal("ECONNRESET");
      expect(told.length).to.be.within(1, server.backend === "kqueue" ? 2 : 1);
      for (const code of told) expect(code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
    }
  });

  it("are sent at once where handlers take longer than gatherMicros", async () => {
    const slow = openNotifier({ gatherMicros: 0 });
    const crowd = await Crowd.gather(slow, other);
    for (let i = 0; i < 3; i++) await crowd.round((peer) => peer.writeAll(Buffer.from("!")));
    await new Promise((resolve) => setImmediate(resolve)); // out of the batch: reads are calls, too
    const before = slow.counters;
    await crowd.round((peer) => peer.writeAll(Buffer.from("!")));
    const after = slow.counters;
    const calls = after.crossings - before.crossings - (after.batches - before.batches);
    expect(calls).to.equal(2 * PEERS);
    await slow.close();
  });

  it("gatherMicros of a wrong type or size is refused", () => {
    expect(() => openNotifier({ gatherMicros: "20" as unknown as number })).to.throw(TypeError);
    expect(() => openNotifier({ gatherMicros: 1_000_001 })).to.throw(RangeError, "gatherMicros");
    expect(() => openNotifier({ gatherMicros: -1 })).to.throw(RangeError, "gatherMicros");
  });

  it("go out when the process exits right after them", async () => {
    const server = net.createServer();
    const sockets: net.Socket[] = [];
    const texts: string[] = new Array(PEERS).fill("");
    server.on("connection", (socket) => {
      const index = sockets.push(socket) - 1;
      socket.on("data", (data) => {
        texts[index] = `${texts[index]}${data}`;
        if (texts.every((text) => text === "ready")) for (const one of sockets) one.write("?");
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as net.AddressInfo;
    const ended = await run(`
      const notifier = openNotifier({ gatherMicros: ${ALWAYS} });
      let answered = 0;
      for (let i = 0; i < ${PEERS}; i++) {
        const peer = await connect({ host: "127.0.0.1", port: ${port}, notifier });
        await peer.writeAll(Buffer.from("ready"));
        peer.readChunk()
          .then(() => peer.writeAll(Buffer.from("!")))
          .then(() => { if (++answered === ${PEERS}) process.exit(0); });
      }
    `);
    expect(ended.stderr).to.equal("");
    expect(ended.code).to.equal(0);
    await Promise.all(sockets.map((socket) => (socket.closed ? null : once(socket, "close"))));
    expect(texts).to.deep.equal(new Array(PEERS).fill("ready!"));
    server.close();
  });
});

(gathers ? describe : ignore)("small writes that the system does not take at once", () => {
  const BYTES = 256;
  let server: Notifier;
  let other: Notifier;
  let crowd: Crowd;
  /** What was answered, peer by peer: every byte of it has to arrive. */
  let answered: string[];
  /** A peer of which something was answered that the system has not taken. */
  let debtor: number;

  /** By how many bytes what was answered is ahead of what the system took. */
  const owed = (index: number): number =>
    (answered[index] as string).length - (crowd.peers[index] as Socket).counters.bytesWritten;

  /** One message to every client; those that wait are left to wait. */
  async function tell(round: number): Promise<Promise<void>[]> {
    const writes: Promise<void>[] = [];
    await crowd.round((peer, index) => {
      const text = `${index}:${round};`.padEnd(BYTES, "abcdefghijklmnop");
      const written = peer.writeAll(Buffer.from(text)).then(() => {
        answered[index] += text;
      });
      writes.push(written);
      return Promise.race([written, new Promise((resolve) => setImmediate(resolve))]);
    });
    return writes;
  }

  /** Tells clients that do not read so much that something is owed. */
  beforeEach(async () => {
    server = openNotifier({ gatherMicros: ALWAYS });
    other = openNotifier();
    crowd = await Crowd.gather(server, other, 4_096);
    answered = new Array(PEERS).fill("");
    debtor = -1;
    for (let round = 0; debtor < 0; round++) {
      await tell(round);
      debtor = crowd.peers.findIndex((_, index) => owed(index) > 0);
    }
  });
  afterEach(() => Promise.all([server.close(), other.close()]));

  it("come before the writes that wait behind them", async () => {
    const writes = await tell(-1);
    expect((crowd.peers[debtor] as Socket).counters.writeQueue).to.equal(1);
    const texts = crowd.clients.map(untilEnd);
    await Promise.all(writes);
    for (const peer of crowd.peers) peer.shutdown("write");
    expect(await Promise.all(texts)).to.deep.equal(answered);
  });

  it("arrive though the socket is closed", async () => {
    await Promise.all(crowd.peers.map((peer) => peer.close()));
    expect(await Promise.all(crowd.clients.map(untilEnd))).to.deep.equal(answered);
  });

  it("come before the half-close that follows them", async () => {
    const peer = crowd.peers[debtor] as Socket;
    peer.shutdown("write");
    expect(await untilEnd(crowd.clients[debtor] as Socket)).to.equal(answered[debtor]);
    await (crowd.clients[debtor] as Socket).writeAll(Buffer.from("still heard"));
    expect(Buffer.from((await peer.readChunk()) ?? []).toString()).to.equal("still heard");
  });

  it("keep the descriptor from being given away until they are sent", async () => {
    const peer = crowd.peers[debtor] as Socket;
    expect(await peer.detach().catch((error) => error.code)).to.equal("EAGAIN");
    expect(peer.state).to.equal("open");
    const text = untilEnd(crowd.clients[debtor] as Socket);
    while (owed(debtor) > 0) await peer.wait("write");
    const { fd } = await peer.detach();
    new net.Socket({ fd }).end("after");
    expect(await text).to.equal(`${answered[debtor]}after`);
  });

  it("are dropped by an abortive close only", async () => {
    const peer = crowd.peers[debtor] as Socket;
    peer.set("linger", 0);
    await peer.close();
    const error = await untilEnd(crowd.clients[debtor] as Socket).catch((reason) => reason);
    expect(error.code).to.equal("ECONNRESET");
  });
});
