/** Listeners with a handler: whose failure is whose, and what closing leaves alone. */
import { execFileSync } from "node:child_process";
import diagnostics from "node:diagnostics_channel";
import type { IpAddress, Notifier } from "@pike-io/notifier";
import { connect, type Listener, listen, type PeerHandler, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, notifiers, pattern, until } from "./peers.js";

for (const [name, open] of Object.entries(notifiers)) {
  describe(`a listener with a handler, over ${name}`, () => {
    let notifier: Notifier;

    beforeEach(() => {
      notifier = open();
    });

    afterEach(() => notifier.close());

    function serve(handler: PeerHandler): Promise<Listener> {
      return listen({ host: "127.0.0.1", port: 0, notifier }, handler);
    }

    function dial(listener: Listener): Promise<Socket> {
      const { port } = listener.address as IpAddress;
      return connect({ host: "127.0.0.1", port, notifier });
    }

    it("publishes a peer's failure on the diagnostics channel, where nobody else is told", async () => {
      const published: unknown[] = [];
      const subscriber = (message: unknown): void => void published.push(message);
      diagnostics.subscribe("pike-io:peer-error", subscriber);
      const listener = await serve(async (peer) => {
        for await (const chunk of peer) await peer.writeAll(chunk);
      });
      const client = await dial(listener);
      await client.writeAll(pattern(1));
      await client.read(new Uint8Array(1));
      await client.abort();
      await until(() => listener.peerErrors === 1, "the failure was counted");
      diagnostics.unsubscribe("pike-io:peer-error", subscriber);
      expect(published).to.have.length(1);
      const {
        error,
        peer,
        listener: whose,
      } = published[0] as {
        error: { code: string };
        peer: Socket;
        listener: Listener;
      };
      expect([error.code, whose]).to.deep.equal(["ECONNRESET", listener]);
      await until(() => peer.state === "closed", "the peer was closed");
      await client.close();
    });

    it("closes a peer when its handler returns, closed by it or not, and counts no error", async () => {
      const listener = await serve((peer) => (peer.getPeerAddress() ? peer.close() : undefined));
      const quick = await serve(() => {});
      for (const one of [listener, quick]) {
        const client = await dial(one);
        expect(await client.read(new Uint8Array(1))).to.equal(0);
        expect(one.peerErrors).to.equal(0);
        await client.close();
      }
    });

    it("stops taking connections when it closes, and leaves those that it has", async () => {
      const listener = await serve(async (peer) => {
        for await (const chunk of peer) await peer.writeAll(chunk);
      });
      const client = await dial(listener);
      await client.writeAll(pattern(2));
      await client.read(new Uint8Array(2));
      await listener.close();
      await listener.finished;
      expect(await codeOf(dial(listener))).to.equal("ECONNREFUSED");
      await client.writeAll(pattern(3));
      expect((await client.readChunk())?.length).to.be.above(0);
      await client.close();
    });

    it("ends with its notifier, and no rejection is left to nobody", async () => {
      const unhandled: unknown[] = [];
      const watch = (error: unknown): void => void unhandled.push(error);
      process.on("unhandledRejection", watch);
      const other = open();
      const listener = await listen({ host: "127.0.0.1", port: 0, notifier: other }, (peer) =>
        peer.read(new Uint8Array(1)),
      );
      const { port } = listener.address as IpAddress;
      const clients = await Promise.all(
        Array.from({ length: 5 }, () => connect({ host: "127.0.0.1", port, notifier: other })),
      );
      await other.close();
      await listener.finished;
      await listener.close();
      for (const client of clients) await client.close();
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
      process.off("unhandledRejection", watch);
      expect(unhandled).to.deep.equal([]);
      expect(other.counters).to.include({ handles: 0, pending: 0 });
    });

    it("serves hundreds of peers at once", async () => {
      let served = 0;
      const listener = await serve(async (peer) => {
        const chunk = await peer.readChunk();
        await peer.writeAll(chunk as Uint8Array);
        served++;
      });
      const answers = Array.from({ length: 400 }, async (_, index) => {
        const client = await dial(listener);
        await client.writeAll(Uint8Array.of(index & 255));
        const chunk = await client.readChunk();
        await client.abort();
        return chunk?.[0] === (index & 255);
      });
      expect((await Promise.all(answers)).every((right) => right)).to.equal(true);
      expect(served).to.equal(400);
    });
  });
}

describe("an onPeerError that throws", () => {
  it("is an uncaught exception, and the listener goes on", () => {
    const program = `
      import { MemoryNetwork } from "@pike-io/notifier-memory";
      import { connect, listen } from "@pike-io/socket";
      const notifier = new MemoryNetwork({ clock: "auto" }).host("10.0.0.1");
      const seen = [];
      process.on("uncaughtException", (error) => seen.push(error.message));
      const onPeerError = () => { throw new Error("from onPeerError"); };
      const target = { host: "10.0.0.1", port: 80, notifier };
      const listener = await listen({ ...target, onPeerError }, () => { throw new Error("peer"); });
      for (let i = 0; i < 2; i++) {
        const client = await connect(target);
        seen.push(await client.read(new Uint8Array(1)));
      }
      await notifier.close();
      console.log(JSON.stringify(seen));`;
    const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      encoding: "utf8",
    });
    expect(JSON.parse(output)).to.have.members([0, 0, "from onPeerError", "from onPeerError"]);
  });
});

for (const [name, open] of Object.entries(notifiers)) {
  describe(`connections that run ahead, over ${name}`, () => {
    let notifier: Notifier;
    let listener: Listener;

    beforeEach(async () => {
      notifier = open();
      listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    });

    afterEach(() => notifier.close());

    function dial(): Promise<Socket> {
      const { port } = listener.address as IpAddress;
      return connect({ host: "127.0.0.1", port, notifier });
    }

    it("are given out one by one, to whoever asks, in order", async () => {
      const asked = [listener.accept(), listener.accept()];
      const clients = await Promise.all(Array.from({ length: 10 }, dial));
      const peers = await Promise.all(asked);
      for await (const peer of listener) {
        peers.push(peer);
        if (peers.length === 5) break;
      }
      while (peers.length < 10) peers.push(await listener.accept());
      const seen = peers.map((peer) => (peer.getPeerAddress() as IpAddress).port);
      const expected = clients.map((client) => (client.getBindAddress() as IpAddress).port);
      expect(new Set(seen)).to.deep.equal(new Set(expected));
      expect(seen.length).to.equal(10);
    });

    it("are closed with the listener when nobody has taken them", async () => {
      const clients = await Promise.all(Array.from({ length: 10 }, dial));
      const first = await listener.accept();
      await listener.close();
      expect(notifier.counters.handles).to.equal(clients.length + 1);
      const ends = clients.map((client) => codeOf(client.readChunk()));
      await first.close();
      // Those in the backlog are reset, those that were taken end.
      for (const end of await Promise.all(ends))
        expect(end).to.be.oneOf(["resolved", "ECONNRESET"]);
      expect(await codeOf(listener.accept())).to.equal("PIKE_CLOSED");
    });

    it("are at most 64", async () => {
      await Promise.all(Array.from({ length: 100 }, dial));
      const before = notifier.counters.handles;
      await listener.accept();
      expect(notifier.counters.handles - before).to.be.within(1, 64);
      await Promise.all(Array.from({ length: 99 }, () => listener.accept()));
      expect(notifier.counters.handles - before).to.equal(100);
    });
  });
}
