import { type OptionName, type OptionValue, optionTable } from "@pike-io/notifier";
import { MemoryNetwork, type NetworkOptions } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, connectedPair, Lab, thrownCode, writeAll } from "./lab.js";

describe("socket options", () => {
  it("have the types of the table, and give back what was set", () => {
    const notifier = new Lab().host(["10.0.0.1", "fd00::1"]);
    const handles = (["stream", "datagram"] as const).map((type) =>
      notifier.openSocket({ family: "ipv6", type }),
    );
    const served = new Set<string>();
    for (const handle of handles) {
      for (const [name, row] of Object.entries(optionTable) as [OptionName, { access: string }][]) {
        if (row.access === "set") continue;
        if (thrownCode(() => notifier.getOption(handle, name)) !== "nothing") continue;
        served.add(name);
        const value = notifier.getOption(handle, name);
        if (row.access === "get" || name === "sendLowWater" || value === null) continue;
        notifier.setOption(handle, name, value as never);
        const doubled = name === "sendBuffer" || name === "receiveBuffer";
        const expected = doubled ? (value as number) * 2 : value;
        expect(notifier.getOption(handle, name), name).to.equal(expected);
      }
    }
    const all = Object.keys(optionTable).filter((name) => !/Group$/.test(name));
    expect([...served].sort()).to.deep.equal(all.sort());
  });

  it("of the wrong type, range or direction are refused before anything happens", () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket({ family: "ipv4", type: "stream" });
    const set = (name: string, value: unknown) =>
      thrownCode(() => notifier.setOption(handle, name as OptionName, value as OptionValue));
    expect(set("keepAlive", 1)).to.equal("PIKE_TYPE");
    expect(set("ttl", "64")).to.equal("PIKE_TYPE");
    expect(set("ttl", 256)).to.equal("PIKE_RANGE");
    expect(set("ttl", 1.5)).to.equal("PIKE_RANGE");
    expect(set("linger", -1)).to.equal("PIKE_RANGE");
    expect(set("linger", null)).to.equal("nothing");
    expect(set("listening", true)).to.equal("ENOPROTOOPT");
    expect(set("sendLowWater", 1)).to.equal("ENOPROTOOPT");
    expect(set("toString", 1)).to.equal("PIKE_RANGE");
    expect(thrownCode(() => notifier.getOption(handle, "joinGroup"))).to.equal("ENOPROTOOPT");
    expect(notifier.getOption(handle, "ttl")).to.equal(64);
    const udp = notifier.openSocket({ family: "ipv4", type: "datagram" });
    const join = (value: unknown) =>
      thrownCode(() => notifier.setOption(udp, "joinGroup", value as never));
    expect([join(null), join({ group: 1 })]).to.deep.equal(["PIKE_TYPE", "PIKE_TYPE"]);
  });

  it("of another kind of socket are unknown to it", () => {
    const notifier = new Lab().host("10.0.0.1");
    const get = (family: "ipv4" | "unix", type: "stream" | "datagram", name: OptionName) => {
      const handle = notifier.openSocket({ family, type });
      return thrownCode(() => notifier.getOption(handle, name));
    };
    expect(get("ipv4", "datagram", "noDelay")).to.equal("ENOPROTOOPT");
    expect(get("ipv4", "stream", "multicastTtl")).to.equal("ENOPROTOOPT");
    expect(get("ipv4", "stream", "ipv6Only")).to.equal("ENOPROTOOPT");
    expect(get("unix", "stream", "noDelay")).to.equal("EOPNOTSUPP");
    expect(get("unix", "stream", "linger")).to.equal("nothing");
  });

  it("are inherited by accepted sockets", async () => {
    const network = new Lab();
    const { near, server, listener } = await connectedPair(network);
    expect(near.getOption(server, "noDelay")).to.equal(true);
    near.setOption(listener, "keepIdle", 5);
    const client = near.openSocket({ family: "ipv4", type: "stream" });
    const address = near.localAddress(listener);
    expect(await new Ask(near, "connect", client, { address }).done).to.equal("ok 0");
    const accept = new Ask(near, "accept", listener);
    expect(near.getOption(accept.accepted, "keepIdle")).to.equal(5);
    expect(near.getOption(server, "keepIdle")).to.equal(7_200);
  });

  it("of buffers take effect on a connection that is open", async () => {
    const network = new Lab({ socketBuffer: 10 });
    const { near, far, server, client } = await connectedPair(network);
    far.setOption(client, "sendBuffer", 50);
    near.setOption(server, "receiveBuffer", 100);
    writeAll(far, client, new Uint8Array(1_000));
    await network.clock.advance(1);
    expect(far.handleCounters(client).bytesWritten).to.equal(300);
  });

  it("of IPv6 alone must come before the address", () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket({ family: "ipv6", type: "stream" });
    notifier.bind(handle, { family: "ipv6", address: "::", port: 0 });
    expect(thrownCode(() => notifier.setOption(handle, "ipv6Only", true))).to.equal("EINVAL");
  });
});

describe("options of a network", () => {
  it("of the wrong type or range are refused", () => {
    const wrong: [NetworkOptions, string][] = [
      [{ loss: 1.1 }, "PIKE_RANGE"],
      [{ resets: "1" as unknown as number }, "PIKE_TYPE"],
      [{ seed: -1 }, "PIKE_RANGE"],
      [{ seed: 0.5 }, "PIKE_RANGE"],
      [{ latencyMs: [5, 1] }, "PIKE_RANGE"],
      [{ latencyMs: Number.NaN }, "PIKE_RANGE"],
      [{ clock: "fast" as "auto" }, "PIKE_RANGE"],
      [{ unreachable: 1 as unknown as "ETIMEDOUT" }, "PIKE_TYPE"],
      [{ loopback: 1 as unknown as boolean }, "PIKE_TYPE"],
      [{ socketBuffer: 0 }, "PIKE_RANGE"],
      [{ limits: { queue: 0 } }, "PIKE_RANGE"],
      [null as unknown as NetworkOptions, "PIKE_TYPE"],
    ];
    for (const [options, code] of wrong) {
      expect(
        thrownCode(() => new MemoryNetwork(options)),
        JSON.stringify(options),
      ).to.equal(code);
    }
  });

  it("of a host are checked too", () => {
    const network = new MemoryNetwork();
    const host = (options: object) => thrownCode(() => network.host("10.0.0.1", options));
    expect(host({ drive: "fast" })).to.equal("PIKE_RANGE");
    expect(host({ dispatch: 1 })).to.equal("PIKE_TYPE");
    expect(host({ uid: -1 })).to.equal("PIKE_RANGE");
    expect(host({ limits: { handles: 2 ** 21 } })).to.equal("PIKE_RANGE");
  });

  it("may put a host's own traffic through the same hazards", async () => {
    for (const loopback of [false, true]) {
      const network = new Lab({ latencyMs: 5, loopback });
      const notifier = network.host("10.0.0.1");
      const handle = notifier.openSocket({ family: "ipv4", type: "stream" });
      const address = { family: "ipv4", address: "127.0.0.1", port: 1 } as const;
      const ask = new Ask(notifier, "connect", handle, { address });
      await network.clock.advance(9);
      expect(ask.result).to.equal(loopback ? "pending" : "ECONNREFUSED");
      await network.clock.advance(1);
      expect(ask.result).to.equal("ECONNREFUSED");
    }
  });
});
