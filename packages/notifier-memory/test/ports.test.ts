import type { Address, IpAddress, SocketKind } from "@pike-io/notifier";
import type { MemoryNotifier } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, finish, Lab, listenOn, thrownCode } from "./lab.js";

const any4: Address = { family: "ipv4", address: "0.0.0.0", port: 80 };
const own4: Address = { family: "ipv4", address: "10.0.0.1", port: 80 };
const any6: Address = { family: "ipv6", address: "::", port: 80, scope: 0, flowLabel: 0 };

/** Binds a new socket and says how that went. */
function bindNew(
  notifier: MemoryNotifier,
  address: Address,
  options: { reuse?: "reuseAddress" | "reusePort"; type?: SocketKind["type"]; v6?: boolean } = {},
): string {
  const { reuse, type = "stream", v6 = false } = options;
  const handle = notifier.openSocket({ family: address.family, type });
  if (reuse !== undefined) notifier.setOption(handle, reuse, true);
  if (v6) notifier.setOption(handle, "ipv6Only", true);
  return thrownCode(() => notifier.bind(handle, address));
}

describe("ports", () => {
  it("are taken once per address, by stream and datagram apart", () => {
    const notifier = new Lab().host("10.0.0.1");
    expect(bindNew(notifier, own4)).to.equal("nothing");
    expect(bindNew(notifier, own4)).to.equal("EADDRINUSE");
    expect(bindNew(notifier, any4)).to.equal("EADDRINUSE");
    expect(bindNew(notifier, { ...own4, address: "127.0.0.1" })).to.equal("nothing");
    expect(bindNew(notifier, own4, { type: "datagram" })).to.equal("nothing");
  });

  it("of an IPv6 wildcard cover IPv4, unless the socket is IPv6 only", () => {
    const notifier = new Lab().host("10.0.0.1");
    expect(bindNew(notifier, own4)).to.equal("nothing");
    expect(bindNew(notifier, any6)).to.equal("EADDRINUSE");
    expect(bindNew(notifier, any6, { v6: true })).to.equal("nothing");
  });

  it("are shared with reuseAddress by who doesn't listen, with reusePort by who has it", () => {
    const notifier = new Lab().host("10.0.0.1");
    const reuse = "reuseAddress";
    const first = notifier.openSocket({ family: "ipv4", type: "stream" });
    notifier.setOption(first, reuse, true);
    notifier.bind(first, own4);
    expect(bindNew(notifier, own4)).to.equal("EADDRINUSE");
    const second = notifier.openSocket({ family: "ipv4", type: "stream" });
    notifier.setOption(second, reuse, true);
    notifier.bind(second, own4);
    notifier.listen(first, 1);
    expect(thrownCode(() => notifier.listen(second, 1))).to.equal("EADDRINUSE");
    expect(bindNew(notifier, own4, { reuse })).to.equal("EADDRINUSE");
    const other: Address = { ...own4, port: 81 };
    for (let i = 0; i < 3; i++) {
      expect(bindNew(notifier, other, { reuse: "reusePort" })).to.equal("nothing");
    }
    expect(bindNew(notifier, other)).to.equal("EADDRINUSE");
  });

  it("stay in use by accepted connections, and are free with the last of them", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const listener = listenOn(notifier, own4);
    const client = notifier.openSocket({ family: "ipv4", type: "stream" });
    const accept = new Ask(notifier, "accept", listener);
    await finish(network, accept, new Ask(notifier, "connect", client, { address: own4 }));
    await finish(network, new Ask(notifier, "close", listener));
    expect(bindNew(notifier, own4)).to.equal("EADDRINUSE");
    await finish(network, new Ask(notifier, "close", accept.accepted));
    expect(bindNew(notifier, own4)).to.equal("nothing");
  });

  it("spread connections over the listeners of a reusePort group", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.1");
    const listeners = [1, 2].map(() => {
      const handle = server.openSocket({ family: "ipv4", type: "stream" });
      server.setOption(handle, "reusePort", true);
      server.bind(handle, any4);
      server.listen(handle, 100);
      return handle;
    });
    const client = network.host("10.0.0.2");
    const connects = Array.from({ length: 10 }, () => {
      const handle = client.openSocket({ family: "ipv4", type: "stream" });
      return new Ask(client, "connect", handle, { address: own4 });
    });
    await finish(network, ...connects);
    for (const listener of listeners) {
      expect(new Ask(server, "accept", listener).result).to.equal("ok 0");
    }
  });

  it("are chosen from the ephemeral range, each once, until none is left", () => {
    const notifier = new Lab({ limits: { handles: 40_000 } }).host("10.0.0.1");
    const seen = new Set<number>();
    for (let i = 0; i < 28_232; i++) {
      const handle = notifier.openSocket({ family: "ipv4", type: "datagram" });
      notifier.bind(handle, { ...any4, port: 0 });
      seen.add((notifier.localAddress(handle) as IpAddress).port);
    }
    expect([seen.size, Math.min(...seen), Math.max(...seen)]).to.deep.equal([
      28_232, 32_768, 60_999,
    ]);
    expect(bindNew(notifier, { ...any4, port: 0 }, { type: "datagram" })).to.equal("EADDRINUSE");
  });

  it("are bound to the host's own addresses only, and once", () => {
    const notifier = new Lab().host(["10.0.0.1", "fd00::1"]);
    const handle = notifier.openSocket({ family: "ipv4", type: "stream" });
    const bind = (address: Address) => thrownCode(() => notifier.bind(handle, address));
    expect(bind({ ...own4, address: "10.0.0.9" })).to.equal("EADDRNOTAVAIL");
    expect(bind(any6)).to.equal("EAFNOSUPPORT");
    expect(notifier.localAddress(handle)).to.deep.equal({ ...any4, port: 0 });
    expect(bind(own4)).to.equal("nothing");
    expect(bind(own4)).to.equal("EINVAL");
    expect(notifier.localAddress(handle)).to.deep.equal(own4);
  });
});

describe("addresses", () => {
  it("of IPv4 peers are mapped for a listener on the IPv6 wildcard", async () => {
    const network = new Lab();
    const server = network.host(["10.0.0.1", "fd00::1"]);
    const listener = listenOn(server, any6);
    const client = network.host("10.0.0.2");
    const handle = client.openSocket({ family: "ipv4", type: "stream" });
    const accept = new Ask(server, "accept", listener);
    await finish(network, accept, new Ask(client, "connect", handle, { address: own4 }));
    expect(accept.address).to.deep.include({ family: "ipv6", address: "::ffff:10.0.0.2" });
    expect(server.localAddress(accept.accepted)).to.deep.include({ address: "::ffff:10.0.0.1" });
    expect(client.peerAddress(handle)).to.deep.equal(own4);
  });

  it("that are mapped take an IPv6 socket to an IPv4 host, unless it is IPv6 only", async () => {
    const network = new Lab();
    listenOn(network.host("10.0.0.1"), own4);
    const client = network.host("10.0.0.2");
    const address: Address = { family: "ipv6", address: "::ffff:10.0.0.1", port: 80 };
    const [both, only] = [false, true].map((ipv6Only) => {
      const handle = client.openSocket({ family: "ipv6", type: "stream" });
      client.setOption(handle, "ipv6Only", ipv6Only);
      return new Ask(client, "connect", handle, { address });
    });
    await finish(network, both as Ask);
    expect(client.localAddress((both as Ask).handle)).to.deep.include({
      address: "::ffff:10.0.0.2",
    });
    expect(only?.result).to.equal("ENETUNREACH");
  });

  it("of one host are shared by all notifiers on it, its loopback by nobody else", async () => {
    const network = new Lab();
    const server = network.host(["10.0.0.1", "10.0.1.1"]);
    listenOn(server, { ...own4, address: "127.0.0.1" });
    const connect = (from: string) => {
      const notifier = network.host(from);
      const handle = notifier.openSocket({ family: "ipv4", type: "stream" });
      const address: Address = { ...own4, address: "127.0.0.1" };
      return new Ask(notifier, "connect", handle, { address }).done;
    };
    expect(await connect("10.0.1.1")).to.equal("ok 0");
    expect(await connect("10.0.0.2")).to.equal("ECONNREFUSED");
    expect(network.host("10.0.1.1").addresses).to.deep.equal(["10.0.0.1", "10.0.1.1"]);
  });

  it("that no host can have are refused", () => {
    const network = new Lab();
    for (const address of ["127.0.0.1", "::1", "0.0.0.0", "239.0.0.1", "::ffff:10.0.0.1", "x"]) {
      expect(
        thrownCode(() => network.host(address)),
        address,
      ).to.equal("PIKE_RANGE");
    }
    expect(thrownCode(() => network.host([]))).to.equal("PIKE_TYPE");
    network.host("10.0.0.1");
    network.host("10.0.0.2");
    expect(thrownCode(() => network.host(["10.0.0.1", "10.0.0.2"]))).to.equal("PIKE_STATE");
  });
});

describe("Unix names", () => {
  const path: Address = { family: "unix", path: "/run/a" };

  it("are a host's own, and gone with their socket", async () => {
    const network = new Lab();
    const [one, two] = [network.host("10.0.0.1"), network.host("10.0.0.2")];
    const listener = listenOn(one, path);
    listenOn(two, path);
    expect(bindNew(one, path)).to.equal("EADDRINUSE");
    await finish(network, new Ask(one, "close", listener));
    expect(bindNew(one, path)).to.equal("nothing");
  });

  it("that nobody listens on are taken over, and not taken away by their old owner", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const stale = notifier.openSocket({ family: "unix", type: "stream" });
    notifier.bind(stale, path);
    const fresh = notifier.openSocket({ family: "unix", type: "stream" });
    const bindFresh = (replace?: boolean) =>
      thrownCode(() => notifier.bind(fresh, path, replace === undefined ? {} : { replace }));
    expect(bindFresh(false)).to.equal("EADDRINUSE");
    expect(bindFresh()).to.equal("nothing");
    notifier.listen(fresh, 1);
    await finish(network, new Ask(notifier, "close", stale));
    const client = notifier.openSocket({ family: "unix", type: "stream" });
    expect(new Ask(notifier, "connect", client, { address: path }).result).to.equal("ok 0");
  });

  it("of the abstract kind let in only who may, unless everyone may", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.1", { uid: 5 });
    const stranger = network.host("10.0.0.1", { uid: 6 });
    const counts = [undefined, 6, null].map((allowUid, i) => {
      const address: Address = { family: "unix", abstract: `name ${i}` };
      const listener = server.openSocket({ family: "unix", type: "stream" });
      server.bind(listener, address);
      server.listen(listener, 4, allowUid === undefined ? {} : { allowUid });
      for (const notifier of [server, stranger]) {
        const handle = notifier.openSocket({ family: "unix", type: "stream" });
        expect(new Ask(notifier, "connect", handle, { address }).result).to.equal("ok 0");
      }
      let count = 0;
      while (new Ask(server, "accept", listener, { timeoutMs: 0 }).atOnce) count++;
      return count;
    });
    await network.clock.advance(1);
    expect(counts).to.deep.equal([1, 1, 2]);
  });

  it("are given to a socket that binds to none, and needed to listen", () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket({ family: "unix", type: "stream" });
    expect(thrownCode(() => notifier.listen(handle, 1))).to.equal("EINVAL");
    notifier.bind(handle, { family: "unix", path: "" });
    expect(notifier.localAddress(handle)).to.deep.equal({ family: "unix", abstract: "00000" });
  });
});
