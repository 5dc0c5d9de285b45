/**
 * Hazard: accepts in the kernel run ahead of whoever takes the connections: without a bound, past
 * the close of their listener, or with somebody else's address.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import net from "node:net";
import type { IpAddress, Notifier } from "@pike-io/notifier";
import { type Listener, listen } from "@pike-io/socket";
import { expect } from "chai";
import { openUring, test } from "./uring.js";

const AHEAD_MAX = 64;
const CLIENTS = 200;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

const descriptors = (): number => readdirSync("/proc/self/fd").length;

describe("connections that io_uring accepts", () => {
  let notifier: Notifier;
  let listener: Listener;
  let port: number;
  let clients: net.Socket[];
  beforeEach(async () => {
    clients = [];
    notifier = openUring();
    listener = await listen({ host: "127.0.0.1", port: 0, notifier, backlog: 511 });
    port = (listener.address as IpAddress).port;
  });
  afterEach(async () => {
    for (const client of clients) client.destroy();
    await notifier.close();
    expect(notifier.counters.stale).to.equal(0);
  });

  /** So many connected clients, with every one's own port. */
  async function dial(count: number): Promise<readonly number[]> {
    const dialled = Array.from({ length: count }, () => net.connect(port, "127.0.0.1"));
    for (const client of dialled) client.on("error", () => {}).resume();
    clients.push(...dialled);
    await Promise.all(dialled.map((client) => client.localPort ?? once(client, "connect")));
    return dialled.map((client) => client.localPort as number);
  }

  /** Accepts until bursts are taken as they come. */
  async function warm(): Promise<void> {
    for (let round = 0; round < 8; round++) {
      const accepting = Array.from({ length: AHEAD_MAX }, () => listener.accept());
      await dial(AHEAD_MAX);
      for (const peer of await Promise.all(accepting)) await peer.close();
    }
    const last = listener.accept();
    await dial(1);
    await (await last).close();
  }

  test("are at most 64 ahead of who takes them; the rest wait, and all come in the end", async () => {
    await warm();
    await turns(20);
    const before = descriptors();
    const ports = new Set(await dial(CLIENTS));
    // Whoever waits for the kernel may be a thread of its own, which these turns don't wait for.
    const ahead = (): number => descriptors() - before - CLIENTS;
    while (ahead() === 0) await turns(1);
    await turns(20);
    expect(ahead()).to.be.within(1, AHEAD_MAX);
    const peers = [];
    for (let i = 0; i < CLIENTS; i++) peers.push(await listener.accept());
    expect(new Set(peers.map((peer) => (peer.getPeerAddress() as IpAddress).port))).to.deep.equal(
      ports,
    );
  });

  test("none is taken that nobody has ever asked for", async () => {
    const before = descriptors();
    await dial(20);
    await turns(20);
    expect(descriptors() - before - 20).to.equal(0);
    const first = listener.accept();
    const { port: firstPort } = (await first).getPeerAddress() as IpAddress;
    expect(clients.map((client) => client.localPort)).to.include(firstPort);
  });

  test("and nobody took are closed with the listener, and what it asked for ends", async () => {
    await warm();
    await dial(AHEAD_MAX);
    await turns(20);
    const gone = clients
      .slice(-AHEAD_MAX)
      .map((client) => new Promise((resolve) => client.on("close", resolve)));
    await listener.close();
    await Promise.all(gone);
    const refused = net.connect(port, "127.0.0.1");
    const [error] = (await once(refused, "error")) as [NodeJS.ErrnoException];
    expect(error.code).to.equal("ECONNREFUSED");
    expect(notifier.counters.handles).to.equal(0);
  });

  test("tell each who it is, one at a time and many at once", async () => {
    for (const count of [1, 2, 10, 100]) {
      const accepting = Array.from({ length: count }, () => listener.accept());
      const ports = await dial(count);
      const peers = await Promise.all(accepting);
      const found = peers.map((peer) => (peer.getPeerAddress() as IpAddress).port);
      expect(found.sort()).to.deep.equal([...ports].sort());
      for (const peer of peers) await peer.close();
    }
  });
});
