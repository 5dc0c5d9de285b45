import { once } from "node:events";
import net from "node:net";
import { Worker } from "node:worker_threads";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { expect } from "chai";
import * as pikeIo from "pike-io";
import { bind, connect, defaultNotifier, Event, listen, post } from "pike-io";
import { program } from "./run.js";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (words: string): Uint8Array => new TextEncoder().encode(words);

async function rejection(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it was not rejected");
}

describe("pike-io with its default notifier", () => {
  it("listens and connects, to peers that are pike and that are not", async () => {
    const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
      for await (const chunk of peer) await peer.writeAll(chunk);
    });
    const { port } = listener.address as { port: number };
    const socket = await connect({ host: "127.0.0.1", port });
    await socket.writeAll(bytes("hello"));
    expect(text((await socket.readChunk()) as Uint8Array)).to.equal("hello");
    await socket.close();
    const other = net.connect(port, "127.0.0.1").setEncoding("utf8");
    other.end("not pike");
    expect(await once(other, "data")).to.deep.equal(["not pike"]);
    await once(other, "close");
    await listener.close();
  });

  it("resolves names by node:dns", async () => {
    const listener = await listen({ host: "127.0.0.1", port: 0 });
    const { port } = listener.address as { port: number };
    const [peer, socket] = await Promise.all([
      listener.accept(),
      connect({ host: "localhost", port }),
    ]);
    await Promise.all([peer.close(), socket.close(), listener.close()]);
    const missing = await rejection(connect({ host: "no-such-host.invalid", port: 1 }));
    expect(missing.code).to.match(/^(ENOTFOUND|EAI_AGAIN)$/);
  });

  it("takes a lookup and a notifier of one's own instead", async () => {
    const network = new MemoryNetwork({ seed: 7 });
    const listener = await listen({
      address: "10.0.0.2",
      port: 80,
      notifier: network.host("10.0.0.2"),
    });
    const asked: string[] = [];
    const notifier = network.host("10.0.0.1");
    const connecting = connect({
      host: "the-server",
      port: 80,
      notifier,
      lookup: async (host) => {
        asked.push(host);
        return [{ address: "10.0.0.2", family: 4 }];
      },
    });
    const [socket, peer] = await Promise.all([connecting, listener.accept()]);
    expect(asked).to.deep.equal(["the-server"]);
    expect(notifier.counters.handles).to.equal(1);
    await Promise.all([socket.close(), peer.close(), listener.close()]);
  });

  it("binds a datagram socket", async () => {
    const [first, second] = await Promise.all([
      bind({ type: "udp", address: "127.0.0.1", port: 0 }),
      bind({ type: "udp", address: "127.0.0.1", port: 0 }),
    ]);
    await first.sendTo(bytes("ping"), second.getBindAddress());
    const buffer = new Uint8Array(16);
    const { length, address } = await second.recvFrom(buffer);
    expect(text(buffer.subarray(0, length))).to.equal("ping");
    expect(address).to.deep.equal(first.getBindAddress());
    await Promise.all([first.close(), second.close()]);
  });

  it("posts by a poster, and says when the event is gone", async () => {
    const event = Event.open(defaultNotifier(), { mode: "counting" });
    const poster = event.poster();
    post(poster);
    post(poster, 4);
    expect(await event.wait()).to.equal(5);
    await event.close();
    expect(() => post(poster))
      .to.throw()
      .with.property("code", "PIKE_CLOSED");
  });

  it("misuse rejects and never throws on the caller's stack", async () => {
    const wrong = (value: unknown): never => value as never;
    for (const call of [connect, listen, bind]) {
      expect((await rejection(call(wrong(null)))).code).to.equal("PIKE_TYPE");
      expect((await rejection(call(wrong("127.0.0.1:80")))).code).to.equal("PIKE_TYPE");
      const badPort = call(wrong({ type: "udp", address: "127.0.0.1", port: 65_536 }));
      expect((await rejection(badPort)).code).to.equal("PIKE_RANGE");
      const target = { type: "udp", address: "127.0.0.1", port: 0, notifier: {} };
      expect((await rejection(call(wrong(target)))).code).to.equal("PIKE_TYPE");
    }
    expect(() => post(wrong(null)))
      .to.throw(TypeError)
      .with.property("code", "PIKE_TYPE");
  });

  it("is one notifier in a thread, and another in another thread", async () => {
    expect(defaultNotifier()).to.equal(defaultNotifier());
    const event = Event.open(defaultNotifier(), { mode: "counting" });
    const worker = new Worker(
      `import(${JSON.stringify(import.meta.resolve("pike-io"))}).then(({ defaultNotifier, post }) => {
        post(require("node:worker_threads").workerData, 6);
        require("node:worker_threads").parentPort.postMessage(defaultNotifier().counters.handles);
      });`,
      { eval: true, workerData: event.poster() },
    );
    expect(await once(worker, "message")).to.deep.equal([0]);
    expect(await event.wait()).to.equal(6);
    await event.close();
  });

  it("is opened anew after it was closed", async () => {
    const old = defaultNotifier();
    await old.close();
    expect(defaultNotifier()).to.not.equal(old);
    expect(defaultNotifier().closed).to.equal(false);
  });

  it("lets the process end while it is open and idle", async () => {
    const ended = await program(`
      import { defaultNotifier, Event } from "pike-io";
      Event.open(defaultNotifier());
      console.log("the end");`);
    expect(ended).to.deep.equal({ code: 0, output: "the end\n", errors: "" });
  });

  it("PIKE_NOTIFIER names the backend, which never falls back", async () => {
    const show = `
      import { connect, defaultNotifier } from "pike-io";
      await connect({ host: "127.0.0.1", port: 1 }).catch(({ code }) => console.log(code));
      try { console.log(defaultNotifier().backend); } catch ({ message }) { console.log(message); }`;
    const named = await program(show, { PIKE_NOTIFIER: defaultNotifier().backend });
    expect(named.output).to.equal(`ECONNREFUSED\n${defaultNotifier().backend}\n`);
    const unknown = await program(show, { PIKE_NOTIFIER: "carrier-pigeon" });
    expect(unknown.output).to.match(/^PIKE_UNSUPPORTED\n.*carrier-pigeon/);
  });

  it("exports what its README lists, and nothing else", () => {
    expect(Object.keys(pikeIo).sort()).to.deep.equal(
      [
        ...["Event", "Handle", "Listener", "PikeError", "Signal", "Socket"],
        ...["bind", "binaryPath", "connect", "defaultLookup", "defaultNotifier"],
        ...["formatAddress", "listen", "openNotifier", "post"],
      ].sort(),
    );
  });
});
