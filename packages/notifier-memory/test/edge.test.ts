import { ALL } from "@pike-io/notifier";
import { expect } from "chai";
import {
  Ask,
  connectedPair,
  finish,
  Lab,
  listenOn,
  pattern,
  readChunk,
  serverAddress,
  thrownCode,
} from "./lab.js";

describe("many of a kind", () => {
  it("deadlines that never come to pass are forgotten, and the others still come in order", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const fired: number[] = [];
    const timers = Array.from({ length: 2_000 }, (_, i) => {
      const timeoutMs = (i * 7_919) % 2_000;
      return new Ask(notifier, "timer", -1, {
        timeoutMs,
        onComplete: (result) => {
          if (result === "ok 0") fired.push(timeoutMs);
        },
      });
    });
    for (const [i, timer] of timers.entries()) if (i % 10 !== 0) notifier.cancel(timer);
    await network.clock.advance(2_000);
    expect(fired).to.have.length(200);
    expect(fired).to.deep.equal(fired.toSorted((a, b) => a - b));
  });

  it("arrays beyond what one system call takes: a write ends there, unless it writes all", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const buffer = Array.from({ length: 3_000 }, (_, i) => Uint8Array.of(i));
    expect(new Ask(far, "write", client, { buffer }).result).to.equal("ok 1024");
    expect(new Ask(far, "write", client, { buffer, flags: ALL }).result).to.equal("ok 3000");
    const into = Array.from({ length: 2_000 }, () => new Uint8Array(1));
    const read = new Ask(near, "read", server, { buffer: into });
    await finish(network, read);
    expect(read.result).to.equal("ok 1024");
  });

  it("signals and datagrams that nobody took go with their handle", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const handle = notifier.openSignal(["SIGINT"]);
    notifier.raise("SIGINT");
    const first = new Ask(notifier, "wait", handle, { flags: 2 });
    expect(first.result).to.equal("ok 2");
    expect(new Ask(notifier, "accept", handle).result).to.equal("ENOTSOCK");
    await finish(network, new Ask(notifier, "close", handle));
    const again = notifier.openSignal(["SIGINT"]);
    const wait = new Ask(notifier, "signal", again, { timeoutMs: 1 });
    await network.clock.advance(1);
    expect(wait.result).to.equal("PIKE_TIMEOUT");
  });
});

describe("a listener", () => {
  it("takes a larger backlog when it is asked to listen again", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.2");
    const listener = listenOn(server, serverAddress, 0);
    const client = network.host("10.0.0.1");
    const connects = [1, 2].map(() => {
      const handle = client.openSocket({ family: "ipv4", type: "stream" });
      return new Ask(client, "connect", handle, { address: serverAddress });
    });
    await network.clock.advance(10);
    expect(connects.map(({ result }) => result)).to.deep.equal(["ok 0", "pending"]);
    server.listen(listener, 1);
    await network.clock.advance(1_000);
    expect(connects[1]?.result).to.equal("ok 0");
  });

  it("that is shut down accepts nothing any more, and listens where it is told to", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.2");
    const listener = server.openSocket({ family: "ipv4", type: "stream" });
    server.listen(listener, 4);
    expect(server.localAddress(listener)).to.deep.include({ address: "0.0.0.0", port: 32_768 });
    const accept = new Ask(server, "accept", listener);
    server.shutdown(listener, "write");
    await network.clock.advance(1);
    expect(accept.result).to.equal("pending");
    server.shutdown(listener, "read");
    await network.clock.advance(1);
    expect(accept.result).to.equal("EINVAL");
    expect(server.getOption(listener, "listening")).to.equal(false);
  });

  it("cannot be made of a connected socket, nor of one that connects", async () => {
    const network = new Lab({ latencyMs: 5 });
    const { far, client } = await connectedPair(network);
    expect(thrownCode(() => far.listen(client, 1))).to.equal("EINVAL");
    expect(thrownCode(() => far.bind(client, serverAddress))).to.equal("EINVAL");
    const handle = far.openSocket({ family: "ipv4", type: "stream" });
    const connect = new Ask(far, "connect", handle, { address: serverAddress });
    expect(thrownCode(() => far.listen(handle, 1))).to.equal("EINVAL");
    expect(new Ask(far, "wait", handle, { flags: 6, timeoutMs: 1 }).atOnce).to.equal(false);
    const read = readChunk(far, handle);
    const write = new Ask(far, "write", handle, { buffer: pattern(1) });
    expect([read.result, write.result]).to.deep.equal(["pending", "pending"]);
    await finish(network, connect, write);
  });
});

describe("a datagram socket", () => {
  it("that is shut down writes nothing and reads the end", async () => {
    const network = new Lab();
    const notifier = network.host(["10.0.0.1", "fd00::1"]);
    const handle = notifier.openSocket({ family: "ipv6", type: "datagram" });
    expect(notifier.localAddress(handle)).to.deep.include({ address: "::", port: 0 });
    const read = new Ask(notifier, "read", handle, { size: 1 });
    const address = { family: "ipv6", address: "::ffff:10.0.0.1", port: 9 } as const;
    expect(new Ask(notifier, "connect", handle, { address }).result).to.equal("ok 0");
    expect(notifier.localAddress(handle)).to.deep.include({ address: "::ffff:10.0.0.1" });
    expect(notifier.peerAddress(handle)).to.deep.include({ address: "::ffff:10.0.0.1", port: 9 });
    notifier.shutdown(handle, "both");
    await network.clock.advance(1);
    expect(read.result).to.equal("ok 0");
    expect(new Ask(notifier, "write", handle, { buffer: pattern(1) }).result).to.equal("EPIPE");
  });

  it("on IPv6 joins groups, and hears what is sent to them", async () => {
    const network = new Lab();
    const notifier = network.host("fd00::1");
    const handle = notifier.openSocket({ family: "ipv6", type: "datagram" });
    notifier.bind(handle, { family: "ipv6", address: "::", port: 9 });
    notifier.setOption(handle, "joinGroup", { group: "ff02::7" });
    const address = { family: "ipv6", address: "ff02::7", port: 9 } as const;
    new Ask(notifier, "sendTo", handle, { buffer: pattern(3), address });
    const read = new Ask(notifier, "recvFrom", handle, { size: 10 });
    await finish(network, read);
    expect(read.address).to.deep.include({ address: "fd00::1", port: 9 });
  });

  it("to a host that is cut off hears of it when it is connected", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const handle = notifier.openSocket({ family: "ipv4", type: "datagram" });
    const address = { family: "ipv4", address: "10.0.0.9", port: 9 } as const;
    new Ask(notifier, "connect", handle, { address });
    new Ask(notifier, "write", handle, { buffer: pattern(1) });
    const read = new Ask(notifier, "read", handle, { size: 1 });
    await network.clock.advance(1);
    expect(read.result).to.equal("EHOSTUNREACH");
  });
});
