import type { Address } from "@pike-io/notifier";
import type { MemoryNotifier } from "@pike-io/notifier-memory";
import { expect } from "chai";
import {
  Ask,
  connectedPair,
  finish,
  Lab,
  listenOn,
  readChunk,
  readToEnd,
  serverAddress,
  writeAll,
} from "./lab.js";

/** Starts to connect a new socket. */
function connect(notifier: MemoryNotifier, address: Address, timeoutMs = -1): Ask {
  const handle = notifier.openSocket({ family: address.family, type: "stream" });
  return new Ask(notifier, "connect", handle, { address, timeoutMs });
}

const nobody: Address = { family: "ipv4", address: "10.0.0.99", port: 80 };
const path: Address = { family: "unix", path: "/run/a" };

describe("connecting", () => {
  it("knows both addresses on both sides", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    expect(far.peerAddress(client)).to.deep.equal(serverAddress);
    expect(near.localAddress(server)).to.deep.equal(serverAddress);
    expect(near.peerAddress(server)).to.deep.equal(far.localAddress(client));
    expect(far.localAddress(client)).to.deep.include({ address: "10.0.0.1", port: 32_768 });
  });

  it("is refused where nobody listens, after the way there and back", async () => {
    const network = new Lab({ latencyMs: 10 });
    network.host("10.0.0.2");
    const ask = connect(network.host("10.0.0.1"), serverAddress);
    await network.clock.advance(19);
    expect(ask.result).to.equal("pending");
    await network.clock.advance(1);
    expect(ask.result).to.equal("ECONNREFUSED");
  });

  it("to a path that doesn't exist is ENOENT; to a name nobody listens on, ECONNREFUSED", async () => {
    const notifier = new Lab().host("10.0.0.1");
    expect(await connect(notifier, path).done).to.equal("ENOENT");
    const abstract: Address = { family: "unix", abstract: "a" };
    expect(await connect(notifier, abstract).done).to.equal("ECONNREFUSED");
    notifier.bind(notifier.openSocket({ family: "unix", type: "stream" }), path);
    expect(await connect(notifier, path).done).to.equal("ECONNREFUSED");
  });

  it("to an address that no host has ends as the network says", async () => {
    const unreachable = new Lab({ latencyMs: 5 });
    const ask = connect(unreachable.host("10.0.0.1"), nobody);
    await unreachable.clock.advance(5);
    expect(ask.result).to.equal("EHOSTUNREACH");
    const silent = new Lab({ unreachable: "ETIMEDOUT" });
    const late = connect(silent.host("10.0.0.1"), nobody);
    await silent.clock.advance(126_999);
    expect(late.result).to.equal("pending");
    await silent.clock.advance(1);
    expect(late.result).to.equal("ETIMEDOUT");
  });

  it("where the host has no address of the family is ENETUNREACH", async () => {
    const network = new Lab();
    network.host("fd00::2");
    const ask = connect(network.host("10.0.0.1"), { family: "ipv6", address: "fd00::2", port: 1 });
    expect(await ask.done).to.equal("ENETUNREACH");
  });

  it("waits at a full backlog until an accept makes room, over TCP by the next retry", async () => {
    for (const address of [serverAddress, path]) {
      const network = new Lab();
      const server = network.host("10.0.0.2");
      const listener = listenOn(server, address, 1);
      const client = address === path ? server : network.host("10.0.0.1");
      const asks = [1, 2, 3].map(() => connect(client, address));
      await network.clock.advance(100);
      // Linux takes one more than the backlog says.
      expect(asks.map(({ result }) => result)).to.deep.equal(["ok 0", "ok 0", "pending"]);
      await finish(network, new Ask(server, "accept", listener));
      await finish(network, ...asks);
      expect(network.clock.now).to.be.lessThan(3_000);
    }
  });

  it("gives up on a full backlog after 127 s", async () => {
    const network = new Lab();
    listenOn(network.host("10.0.0.2"), serverAddress, 0);
    const client = network.host("10.0.0.1");
    await finish(network, connect(client, serverAddress));
    const ask = connect(client, serverAddress);
    await network.clock.advance(127_000);
    expect(ask.result).to.equal("ETIMEDOUT");
  });

  it("is reset, or refused, when the listener closes before it is accepted", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.2");
    const listener = listenOn(server, serverAddress, 0);
    const client = network.host("10.0.0.1");
    const first = connect(client, serverAddress);
    const second = connect(client, serverAddress);
    await network.clock.advance(10);
    await finish(network, new Ask(server, "close", listener));
    expect((await readToEnd(network, client, first.handle)).end).to.equal("ECONNRESET");
    await network.clock.advance(1_000);
    expect(second.result).to.equal("ECONNREFUSED");
  });

  it("is a wish that a cancel doesn't undo: the socket goes on and can be closed", async () => {
    const network = new Lab({ latencyMs: 10 });
    const server = network.host("10.0.0.2");
    const listener = listenOn(server);
    const client = network.host("10.0.0.1");
    const ask = connect(client, serverAddress, 5);
    const again = new Ask(client, "connect", ask.handle, { address: serverAddress });
    await network.clock.advance(5);
    expect([ask.result, again.result]).to.deep.equal(["PIKE_TIMEOUT", "EALREADY"]);
    await network.clock.advance(100);
    const accept = new Ask(server, "accept", listener);
    await finish(network, accept, new Ask(client, "close", ask.handle));
    expect((await readToEnd(network, server, accept.accepted)).end).to.equal("ok 0");
  });

  it("that was cancelled lets whoever waited behind it come next", async () => {
    const network = new Lab({ latencyMs: 10 });
    listenOn(network.host("10.0.0.2"));
    const client = network.host("10.0.0.1");
    const ask = connect(client, serverAddress);
    const again = new Ask(client, "connect", ask.handle, { address: serverAddress });
    client.cancel(ask);
    await network.clock.advance(1);
    expect([ask.result, again.result]).to.deep.equal(["PIKE_ABORTED", "EALREADY"]);
  });

  it("that is closed half way leaves a server that hears of it", async () => {
    const network = new Lab({ latencyMs: 10 });
    const server = network.host("10.0.0.2");
    const listener = listenOn(server);
    const client = network.host("10.0.0.1");
    const ask = connect(client, serverAddress);
    await network.clock.advance(15);
    new Ask(client, "close", ask.handle);
    await network.clock.advance(100);
    expect(ask.result).to.equal("PIKE_CLOSED");
    const accept = new Ask(server, "accept", listener);
    await finish(network, accept);
    expect((await readToEnd(network, server, accept.accepted)).end).to.equal("ECONNRESET");
  });

  it("in the wrong state says which", async () => {
    const network = new Lab();
    const { far, near, client, listener } = await connectedPair(network);
    const on = (notifier: MemoryNotifier, handle: number, address: Address | null) =>
      new Ask(notifier, "connect", handle, { address }).result;
    expect(on(far, client, serverAddress)).to.equal("EISCONN");
    expect(on(near, listener, serverAddress)).to.equal("EISCONN");
    const fresh = far.openSocket({ family: "ipv4", type: "stream" });
    expect(on(far, fresh, path)).to.equal("EAFNOSUPPORT");
    expect(on(far, fresh, null)).to.equal("EDESTADDRREQ");
    expect(on(far, fresh, { family: "ipv4", address: "224.0.0.1", port: 1 })).to.equal(
      "ENETUNREACH",
    );
    far.bind(fresh, { family: "ipv4", address: "127.0.0.1", port: 0 });
    expect(on(far, fresh, serverAddress)).to.equal("EINVAL");
    expect(new Ask(far, "accept", client).result).to.equal("EINVAL");
    expect(new Ask(far, "read", fresh, { size: 1 }).result).to.equal("ENOTCONN");
    expect(new Ask(far, "write", fresh, { buffer: new Uint8Array(1) }).result).to.equal("EPIPE");
  });

  it("can be tried again after it failed, from the same socket", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.2");
    const client = network.host("10.0.0.1");
    const ask = connect(client, serverAddress);
    expect(await ask.done).to.equal("ECONNREFUSED");
    expect(client.getOption(ask.handle, "error")).to.equal(null);
    listenOn(server);
    const again = new Ask(client, "connect", ask.handle, { address: serverAddress });
    expect(await again.done).to.equal("ok 0");
  });
});

describe("a partition", () => {
  it("lets nobody connect while it lasts", async () => {
    const network = new Lab();
    listenOn(network.host("10.0.0.2"));
    const client = network.host("10.0.0.1");
    network.partition("10.0.0.1", "10.0.0.2");
    expect(await connect(client, serverAddress).done).to.equal("EHOSTUNREACH");
    network.partition("10.0.0.1", "10.0.0.2", { error: "ETIMEDOUT" });
    const patient = connect(client, serverAddress);
    await network.clock.advance(2_000);
    network.heal("10.0.0.1", "10.0.0.2");
    await network.clock.advance(1_000);
    expect(patient.result).to.equal("ok 0");
  });

  it("holds up a stream, which loses nothing when it heals in time", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    network.partition("10.0.0.1", "10.0.0.2");
    const read = readChunk(near, server);
    for (let i = 0; i < 5; i++) writeAll(far, client, Uint8Array.of(i));
    await network.clock.advance(60_000);
    expect(read.result).to.equal("pending");
    network.heal("10.0.0.2", "10.0.0.1");
    await finish(network, read);
    far.shutdown(client, "write");
    const { bytes } = await readToEnd(network, near, server);
    expect([...(read.chunk as Uint8Array), ...bytes]).to.deep.equal([0, 1, 2, 3, 4]);
  });

  it("ends a stream with ETIMEDOUT when it lasts", async () => {
    const network = new Lab();
    const { far, client } = await connectedPair(network);
    network.partition("10.0.0.1", "10.0.0.2");
    writeAll(far, client, Uint8Array.of(1));
    const read = readChunk(far, client);
    await network.clock.advance(2_000_000);
    expect(read.result).to.equal("ETIMEDOUT");
  });

  it("is between two hosts of the network, named by any of their addresses", () => {
    const network = new Lab();
    network.host(["10.0.0.1", "fd00::1"]);
    expect(() => network.partition("fd00::1", "10.0.0.1")).to.throw(RangeError, "the same host");
    expect(() => network.heal("10.0.0.1", "10.0.0.2")).to.throw(RangeError, "no host");
  });
});
