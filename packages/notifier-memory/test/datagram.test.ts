import type { Address, HandleId } from "@pike-io/notifier";
import type { MemoryNotifier, NetworkOptions } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, finish, Lab, pattern, thrownCode } from "./lab.js";

const everywhere: Address = { family: "ipv4", address: "0.0.0.0", port: 9 };
const toNear: Address = { family: "ipv4", address: "10.0.0.2", port: 9 };

/** More results at once than a test asks for. */
const many = { immediate: 1_000 };

function bound(notifier: MemoryNotifier, address: Address = everywhere): HandleId {
  const family = address.family as "ipv4" | "ipv6";
  const handle = notifier.openSocket({ family, type: "datagram" });
  notifier.bind(handle, address);
  return handle;
}

/** Two sockets on two hosts. */
function two(options: NetworkOptions = {}) {
  const network = new Lab(options);
  const far = network.host("10.0.0.1");
  const near = network.host("10.0.0.2");
  return { network, far, near, client: bound(far), server: bound(near) };
}

function send(notifier: MemoryNotifier, handle: HandleId, bytes: Uint8Array, address?: Address) {
  return new Ask(notifier, "sendTo", handle, { buffer: bytes, address: address ?? null }).result;
}

/** The first byte of everything that is there now. */
function received(notifier: MemoryNotifier, handle: HandleId): number[] {
  const found: number[] = [];
  for (;;) {
    const read = new Ask(notifier, "recvFrom", handle, { size: 100, timeoutMs: 0 });
    if (!read.atOnce) return found;
    found.push(read.chunk?.[0] ?? -1);
  }
}

describe("datagrams", () => {
  it("arrive whole, with their sender; an empty one is no end of a stream", async () => {
    const { network, far, near, client, server } = two();
    send(far, client, pattern(5), toNear);
    send(far, client, new Uint8Array(0), toNear);
    await network.clock.advance(0);
    const first = new Ask(near, "recvFrom", server, { buffer: [new Uint8Array(2), pattern(9)] });
    expect([first.result, first.truncated]).to.deep.equal(["ok 5", false]);
    expect(first.address).to.deep.equal({ family: "ipv4", address: "10.0.0.1", port: 9 });
    const empty = new Ask(near, "recvFrom", server, { size: 10 });
    expect([empty.result, empty.chunk?.length]).to.deep.equal(["ok 0", 0]);
  });

  it("longer than the buffer are cut, and say so", async () => {
    const { network, far, near, client, server } = two();
    send(far, client, pattern(5), toNear);
    send(far, client, pattern(1), toNear);
    await network.clock.advance(0);
    const cut = new Ask(near, "recvFrom", server, { size: 3 });
    expect([cut.result, cut.truncated, cut.chunk]).to.deep.equal(["ok 3", true, pattern(3)]);
    expect(new Ask(near, "recvFrom", server, { size: 3 }).result).to.equal("ok 1");
  });

  it("beyond what IP carries are EMSGSIZE, and the largest goes through", async () => {
    const network = new Lab();
    const host = network.host(["10.0.0.1", "fd00::1"]);
    for (const [text, largest] of [
      ["127.0.0.1", 65_507],
      ["::1", 65_527],
    ] as const) {
      const family = text === "::1" ? "ipv6" : "ipv4";
      const handle = bound(host, { family, address: text, port: 9 });
      const address = host.localAddress(handle);
      expect(send(host, handle, new Uint8Array(largest + 1), address)).to.equal("EMSGSIZE");
      expect(send(host, handle, new Uint8Array(largest), address)).to.equal(`ok ${largest}`);
      const read = new Ask(host, "recvFrom", handle, { size: 65_536 });
      await finish(network, read);
      expect(read.chunk?.length).to.equal(largest);
    }
  });

  it("are lost by chance, and by nothing else", async () => {
    const { network, far, near, client, server } = two({ loss: 0.3, limits: many });
    for (let i = 0; i < 200; i++) send(far, client, Uint8Array.of(i), toNear);
    await network.clock.advance(0);
    const found = received(near, server);
    await network.clock.advance(1);
    expect(found.length).to.be.within(100, 180);
    expect(found).to.deep.equal(found.toSorted((a, b) => a - b));
  });

  it("are doubled by chance", async () => {
    const { network, far, near, client, server } = two({ duplication: 0.3, limits: many });
    for (let i = 0; i < 200; i++) send(far, client, Uint8Array.of(i), toNear);
    await network.clock.advance(0);
    const found = received(near, server);
    await network.clock.advance(1);
    expect(new Set(found).size).to.equal(200);
    expect(found.length).to.be.within(220, 320);
  });

  it("overtake one that is held back by chance, and only then", async () => {
    for (const reordering of [0, 0.2]) {
      const latencyMs = [1, 50] as const;
      const { network, far, near, client, server } = two({ reordering, latencyMs, limits: many });
      for (let i = 0; i < 200; i++) {
        send(far, client, Uint8Array.of(i), toNear);
        await network.clock.advance(1);
      }
      await network.clock.advance(500);
      const found = received(near, server);
      await network.clock.advance(1);
      const inOrder = found.toSorted((a, b) => a - b);
      expect(found.length).to.equal(200);
      if (reordering === 0) expect(found).to.deep.equal(inOrder);
      else expect(found).not.to.deep.equal(inOrder);
    }
  });

  it("that don't fit into the receive buffer are dropped, empty ones too", async () => {
    const { network, far, near, client, server } = two({ socketBuffer: 1_000, limits: many });
    for (let i = 0; i < 100; i++) send(far, client, new Uint8Array(0), toNear);
    await network.clock.advance(0);
    const found = received(near, server);
    await network.clock.advance(1);
    expect(found.length).to.equal(4);
  });

  it("to somebody nobody is bound at tell a connected sender, once, and wake its reader", async () => {
    const { network, far, client } = two();
    const nowhere: Address = { ...toNear, port: 10 };
    expect(send(far, client, pattern(1), nowhere)).to.equal("ok 1");
    await network.clock.advance(1);
    expect(new Ask(far, "connect", client, { address: nowhere }).result).to.equal("ok 0");
    const read = new Ask(far, "read", client, { size: 9 });
    expect(new Ask(far, "write", client, { buffer: pattern(1) }).result).to.equal("ok 1");
    await network.clock.advance(1);
    expect(read.result).to.equal("ECONNREFUSED");
    new Ask(far, "write", client, { buffer: pattern(1) });
    await network.clock.advance(1);
    expect(far.getOption(client, "error")).to.equal("ECONNREFUSED");
    expect(far.getOption(client, "error")).to.equal(null);
    expect(thrownCode(() => far.peerAddress(client))).to.equal("nothing");
  });

  it("of others don't reach a connected socket", async () => {
    const { network, far, near, client, server } = two();
    const stranger = far.openSocket({ family: "ipv4", type: "datagram" });
    new Ask(near, "connect", server, { address: { ...toNear, address: "10.0.0.1" } });
    expect(send(far, stranger, Uint8Array.of(1), toNear)).to.equal("ok 1");
    send(far, client, Uint8Array.of(2), toNear);
    await network.clock.advance(0);
    const found = received(near, server);
    await network.clock.advance(1);
    expect(found).to.deep.equal([2]);
  });

  it("need a destination, of their family, that may be sent to", () => {
    const { far, client } = two();
    const to = (address: Address | undefined) => send(far, client, pattern(1), address);
    expect(to(undefined)).to.equal("EDESTADDRREQ");
    expect(to({ family: "ipv6", address: "::1", port: 1 })).to.equal("EAFNOSUPPORT");
    expect(to({ ...toNear, port: 0 })).to.equal("EINVAL");
    expect(to({ ...toNear, address: "255.255.255.255" })).to.equal("EACCES");
    expect(new Ask(far, "accept", client).result).to.equal("EOPNOTSUPP");
    expect(thrownCode(() => far.listen(client, 1))).to.equal("EOPNOTSUPP");
    expect(thrownCode(() => far.shutdown(client, "write"))).to.equal("ENOTCONN");
  });

  it("to everybody reach every host, once it is allowed", async () => {
    const { network, far, near, client, server } = two();
    far.setOption(client, "broadcast", true);
    send(far, client, Uint8Array.of(7), { ...toNear, address: "255.255.255.255" });
    await network.clock.advance(0);
    const found = [received(near, server), received(far, client)];
    await network.clock.advance(1);
    expect(found).to.deep.equal([[7], [7]]);
  });

  it("to a group reach who joined it, from the senders they asked for", async () => {
    const { network, far, near, client, server } = two();
    const third = network.host("10.0.0.3");
    const other = bound(third);
    const group = "239.1.2.3";
    const to: Address = { ...toNear, address: group };
    near.setOption(server, "joinGroup", { group, source: "10.0.0.1" });
    far.setOption(client, "joinGroup", { group });
    far.setOption(client, "multicastLoop", false);
    expect(thrownCode(() => far.setOption(client, "joinGroup", { group }))).to.equal("EADDRINUSE");
    send(far, client, Uint8Array.of(1), to);
    send(third, other, Uint8Array.of(2), to);
    await network.clock.advance(0);
    const found = [received(near, server), received(far, client)];
    near.setOption(server, "leaveGroup", { group, source: "10.0.0.1" });
    send(far, client, Uint8Array.of(3), to);
    await network.clock.advance(0);
    found.push(received(near, server));
    await network.clock.advance(1);
    expect(found).to.deep.equal([[1], [2], []]);
    const leave = () => near.setOption(server, "leaveGroup", { group });
    expect(thrownCode(leave)).to.equal("EADDRNOTAVAIL");
    const join = () => near.setOption(server, "joinGroup", { group: "10.0.0.1" });
    expect(thrownCode(join)).to.equal("EINVAL");
  });

  it("across a partition are gone, those on their way too", async () => {
    const { network, far, near, client, server } = two({ latencyMs: 10 });
    send(far, client, Uint8Array.of(1), toNear);
    network.partition("10.0.0.1", "10.0.0.2");
    send(far, client, Uint8Array.of(2), toNear);
    await network.clock.advance(20);
    network.heal("10.0.0.1", "10.0.0.2");
    send(far, client, Uint8Array.of(3), toNear);
    await network.clock.advance(20);
    const found = received(near, server);
    await network.clock.advance(1);
    expect(found).to.deep.equal([3]);
  });
});
