/**
 * Hazard: a connection costs more calls than it has to, or one that is closed is heard of again.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { type HandleId, type Notifier, Operation, type Request } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { connect, type Listener, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { reactorName } from "./reactor-name.js";
import { request } from "./request.js";

const COUNT = 20;

/** Named, and not run: a registration of kqueue is taken back by a call. */
const pending = (title: string): Mocha.Test => it(`${title} (skipped: kqueue is asked)`);

describe(`connections on ${reactorName}`, () => {
  let server: Notifier;
  let other: Notifier;
  let listener: Listener;
  beforeEach(async () => {
    server = openNotifier({ backend: reactorName });
    other = openNotifier({ backend: reactorName });
    listener = await listen({ host: "127.0.0.1", port: 0, notifier: server });
  });
  afterEach(() => Promise.all([server.close(), other.close()]));

  function dial(): Promise<Socket> {
    const { port } = listener.address as { port: number };
    return connect({ host: "127.0.0.1", port, notifier: other });
  }

  it("that wait are taken with one crossing, one completion and a system call each", async () => {
    const waiting = listener.socket.acceptMany();
    const clients = Array.from({ length: COUNT }, dial);
    const before = server.counters;
    const peers = await waiting;
    await Promise.all(clients);
    while (peers.length < COUNT) peers.push(...(await listener.socket.acceptMany()));
    const after = server.counters;
    // One wake-up, or a few if the client was slow.
    const wakes = after.batches - before.batches;
    expect(after.crossings - before.crossings).to.be.at.most(2 * wakes + 1);
    expect(after.completions - before.completions).to.equal(wakes);
    expect(wakes).to.be.within(1, COUNT / 2);
    // Each wake-up: one to learn of it, one to find that there are no more.
    expect(after.systemCalls - before.systemCalls).to.be.within(COUNT, COUNT + 3 * wakes + 2);
  });

  const test = reactorName === "epoll" ? it : pending;
  test("are closed without a call to end their watch, unless others may have the descriptor", async () => {
    for (const asked of [false, true]) {
      const [client, peer] = await Promise.all([dial(), listener.accept()]);
      const reading = peer.read(new Uint8Array(8)); // from here on it is watched
      await client.writeAll(Buffer.from("!"));
      await reading;
      if (asked) expect(peer.fd).to.be.above(2);
      const before = server.counters.systemCalls;
      const closed = peer.close();
      expect(server.counters.systemCalls - before).to.equal(asked ? 1 : 0);
      await closed;
      await client.close();
    }
  });

  it("closed while a child process has them are not heard of again", async () => {
    const [client, peer] = await Promise.all([dial(), listener.accept()]);
    peer.read(new Uint8Array(8)).catch(() => undefined);
    const child = spawn("cat", { stdio: ["pipe", "ignore", "ignore", peer.fd] });
    await once(child, "spawn");
    await peer.close();
    const { stale } = server.counters;
    await client.writeAll(Buffer.from("nobody's"));
    // Whoever asks later has been through a turn in which the other's event would have come.
    const [second, next] = await Promise.all([dial(), listener.accept()]);
    await second.writeAll(Buffer.from("!"));
    await next.read(new Uint8Array(8));
    expect(server.counters.stale).to.equal(stale);
    child.stdin?.end();
    await once(child, "close");
  });

  it("are taken at most 64 at a time, and then others have their turn", async () => {
    const clients = await Promise.all(Array.from({ length: 150 }, dial));
    const bare: Request = { ...request(Operation.acceptMany, idOf(listener)), size: 64 };
    const counts: number[] = [];
    for (let left = clients.length; left > 0; ) {
      const result = await new Promise<number>((resolve) => {
        const one = { ...bare, complete: resolve };
        const now = server.submit(one);
        if (now >= 0) resolve(now);
      });
      counts.push(result);
      left -= result;
    }
    expect(Math.max(...counts)).to.be.at.most(64);
    expect(counts.reduce((sum, count) => sum + count)).to.equal(clients.length);
  });
});

/** The notifier's number of a listener's handle. */
function idOf(listener: Listener): HandleId {
  return (listener.socket as unknown as { readonly id: HandleId }).id;
}
