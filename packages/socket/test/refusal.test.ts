/** Connections that don't come about: who refused, in the system's words, with the address. */
import { once } from "node:events";
import net from "node:net";
import type { IpAddress, Notifier, PikeError } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { bind, connect, listen, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, freshPath, listenNode, thrownCode } from "./peers.js";

describe("a connection that does not come about", () => {
  let notifier: Notifier;

  beforeEach(() => {
    notifier = openNotifier();
  });

  afterEach(async () => {
    expect(notifier.counters.handles, "no socket is left").to.equal(0);
    await notifier.close();
  });

  it("refused: ECONNREFUSED with address and port (lesson 4)", async () => {
    const { server, port } = await listenNode("127.0.0.1", () => {});
    server.close();
    await once(server, "close");
    const error: PikeError = await connect({ host: "127.0.0.1", port, notifier }).catch((e) => e);
    expect(error).to.include({ code: "ECONNREFUSED", errno: -111, syscall: "connect" });
    expect(error).to.include({ address: "127.0.0.1", port });
    expect(error.message).to.equal(`connect 127.0.0.1:${port}: connection refused`);
  });

  it("unreachable: the system's code, at once", async () => {
    // Link-local without a scope can go nowhere; broadcast is not for streams.
    const scopeless = connect({ host: "fe80::1", port: 9, notifier });
    expect(await codeOf(scopeless)).to.be.oneOf(["EINVAL", "ENETUNREACH", "EADDRNOTAVAIL"]);
    const broadcast = connect({ host: "255.255.255.255", port: 9, notifier });
    expect(await codeOf(broadcast)).to.be.oneOf(["ENETUNREACH", "EACCES", "EINVAL"]);
  });

  it("unreachable in memory: EHOSTUNREACH, or silence until the deadline", async () => {
    for (const [unreachable, code] of [
      ["EHOSTUNREACH", "EHOSTUNREACH"],
      ["ETIMEDOUT", "ETIMEDOUT"],
    ] as const) {
      const network = new MemoryNetwork({ clock: "auto", unreachable });
      const host = network.host("10.0.0.1");
      const target = { host: "10.9.9.9", port: 80, notifier: host };
      expect(await codeOf(connect(target))).to.equal(code);
      if (unreachable === "ETIMEDOUT") {
        expect(await codeOf(connect({ ...target, timeoutMs: 50 }))).to.equal("PIKE_TIMEOUT");
      }
      await host.close();
    }
  });

  it("to a full backlog: waits, until its deadline or until there is room", async () => {
    const server = await listen({ host: "127.0.0.1", port: 0, backlog: 0, notifier });
    const { port } = server.address as IpAddress;
    const target = { host: "127.0.0.1", port, notifier };
    const first = await connect(target);
    const attempts = Array.from({ length: 6 }, () => codeOf(connect({ ...target, timeoutMs: 30 })));
    expect(await Promise.all(attempts)).to.include("PIKE_TIMEOUT");
    await first.close();
    await server.close();
    // What came through nevertheless is closed with the notifier.
    await notifier.close();
    notifier = openNotifier();
  });

  it("to a full Unix backlog: waits there too, and comes through as soon as there is room", async () => {
    const path = freshPath();
    const server = await listen({ path, backlog: 0, notifier });
    const first = await connect({ path, notifier });
    const controller = new AbortController();
    const { signal } = controller;
    expect(await codeOf(connect({ path, notifier, timeoutMs: 20 }))).to.equal("PIKE_TIMEOUT");
    const given = codeOf(connect({ path, notifier, signal }));
    const waiting = connect({ path, notifier });
    controller.abort();
    expect(await given).to.equal("PIKE_ABORTED");
    const peers = [await server.accept(), await server.accept()];
    const second = await waiting;
    await Promise.all([first, second, server, ...peers].map((one) => one.close()));
  });

  it("to a path without a socket, or one that is none", async () => {
    expect(await codeOf(connect({ path: freshPath(), notifier }))).to.equal("ENOENT");
    expect(await codeOf(connect({ path: "/dev/null", notifier }))).to.equal("ECONNREFUSED");
    const long = "a".repeat(108);
    expect(await codeOf(connect({ path: long, notifier }))).to.equal("PIKE_RANGE");
    expect(await codeOf(connect({ abstract: `none-${process.pid}`, notifier }))).to.equal(
      "ECONNREFUSED",
    );
  });

  it("from an address in use, or none of ours", async () => {
    const { server, port } = await listenNode("127.0.0.1", () => {});
    const local = { address: "192.0.2.1", port: 0 };
    const target = { host: "127.0.0.1", port, notifier };
    expect(await codeOf(connect({ ...target, local }))).to.equal("EADDRNOTAVAIL");
    const own = { address: "127.0.0.1", port };
    expect(await codeOf(connect({ ...target, local: own }))).to.equal("EADDRINUSE");
    server.close();
    await once(server, "close");
  });

  it("to an address that a foreign server has: EADDRINUSE for ours, naming it", async () => {
    const { server, port } = await listenNode("127.0.0.1", () => {});
    const error: PikeError = await listen({ host: "127.0.0.1", port, notifier }).catch((e) => e);
    expect(error).to.include({ code: "EADDRINUSE", address: "127.0.0.1", port });
    server.close();
    await once(server, "close");
    const ours = await listen({ host: "127.0.0.1", port, notifier });
    const theirs = net.createServer().listen(port, "127.0.0.1");
    const [refused] = await once(theirs, "error");
    expect(refused.code).to.equal("EADDRINUSE");
    await ours.close();
  });

  it("twice over UDP: in use, unless both share the port", async () => {
    const target = { type: "udp", address: "127.0.0.1", port: 0, notifier } as const;
    const first = await bind({ ...target, reusePort: true });
    const { port } = first.getBindAddress() as IpAddress;
    expect(await codeOf(bind({ ...target, port }))).to.equal("EADDRINUSE");
    const second = await bind({ ...target, port, reusePort: true });
    await Promise.all([first.close(), second.close()]);
  });

  it("misused calls carry the system's code, whatever it is (lesson 7)", async () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    expect(thrownCode(() => socket.shutdown("write"))).to.equal("ENOTCONN");
    expect(thrownCode(() => socket.getPeerAddress())).to.equal("ENOTCONN");
    expect(await codeOf(socket.accept())).to.equal("EINVAL");
    expect(await codeOf(socket.read(new Uint8Array(1)))).to.equal("ENOTCONN");
    expect(await codeOf(socket.writeAll(new Uint8Array(1)))).to.equal("EPIPE");
    expect(thrownCode(() => socket.set("multicastTtl", 3))).to.equal("EINVAL");
    expect(thrownCode(() => socket.get("hopLimit"))).to.equal("EOPNOTSUPP");
    await socket.close();
  });
});
