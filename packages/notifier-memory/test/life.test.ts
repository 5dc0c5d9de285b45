import { type Address, contract, Operation, requireContract } from "@pike-io/notifier";
import type { MemoryNotifier } from "@pike-io/notifier-memory";
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

const tcp = { family: "ipv4", type: "stream" } as const;

/** Every plain function that takes a handle. */
function plainCalls(notifier: MemoryNotifier, handle: number): (() => unknown)[] {
  return [
    () => notifier.bind(handle, serverAddress),
    () => notifier.listen(handle, 1),
    () => notifier.shutdown(handle, "both"),
    () => notifier.localAddress(handle),
    () => notifier.peerAddress(handle),
    () => notifier.getOption(handle, "type"),
    () => notifier.setOption(handle, "keepAlive", true),
    () => notifier.getRawOption(handle, 1, 2, 4),
    () => notifier.setRawOption(handle, 1, 2, new Uint8Array(4)),
    () => notifier.fd(handle),
    () => notifier.setRef(handle, true),
    () => notifier.handleCounters(handle),
    () => notifier.poster(handle),
  ];
}

describe("closing a handle", () => {
  it("delivers everything pending as PIKE_CLOSED, in order, and then itself", async () => {
    const network = new Lab({ socketBuffer: 10 });
    const { near, server } = await connectedPair(network);
    const order: string[] = [];
    const track = (name: string) => ({
      onComplete: (result: string) => order.push(`${name} ${result}`),
    });
    new Ask(near, "read", server, { size: 1, ...track("read") });
    new Ask(near, "write", server, { buffer: pattern(99), flags: 1, ...track("write") });
    new Ask(near, "wait", server, { flags: 2, ...track("wait") });
    const close = new Ask(near, "close", server, track("close"));
    expect(order).to.deep.equal([]);
    expect(new Ask(near, "read", server, { size: 1 }).result).to.equal("PIKE_CLOSED");
    expect(new Ask(near, "close", server).result).to.equal("PIKE_CLOSED");
    expect(thrownCode(() => near.shutdown(server, "read"))).to.equal("PIKE_CLOSED");
    expect(thrownCode(() => near.bind(near.openSocket(tcp), serverAddress))).to.equal("EADDRINUSE");
    await finish(network, close);
    expect(order).to.deep.equal([
      "read PIKE_CLOSED",
      "write PIKE_CLOSED",
      "wait PIKE_CLOSED",
      "close ok 0",
    ]);
  });

  it("makes its number stale for ever, also when the slot is used again", async () => {
    const notifier = new Lab().host("10.0.0.1");
    const stale = notifier.openSocket(tcp);
    await new Ask(notifier, "close", stale).done;
    for (let i = 0; i < 3; i++) {
      const fresh = notifier.openSocket(tcp);
      expect(fresh).not.to.equal(stale);
      for (const call of plainCalls(notifier, stale))
        expect(thrownCode(call)).to.equal("PIKE_STALE");
      for (const name of Object.keys(Operation) as (keyof typeof Operation)[]) {
        if (name === "timer") continue;
        const operands = { buffer: new Uint8Array(1), address: serverAddress };
        expect(new Ask(notifier, name, stale, operands).result, name).to.equal("PIKE_STALE");
      }
      expect(notifier.getOption(fresh, "type")).to.equal("stream");
      await new Ask(notifier, "close", fresh).done;
    }
  });

  it("races with completion: what was done stays done", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const read = readChunk(near, server);
    new Ask(far, "write", client, { buffer: pattern(3) });
    await read.done;
    near.cancel(read);
    const close = new Ask(near, "close", server);
    near.cancel(close);
    await finish(network, close);
    expect(read.chunk).to.deep.equal(pattern(3));
  });
});

describe("closing a notifier", () => {
  it("delivers every completion, attached and by hand, and closes every handle", async () => {
    for (const drive of ["attached", "manual"] as const) {
      const notifier = new Lab().host("10.0.0.1", { drive });
      const asks = [
        new Ask(
          notifier,
          "accept",
          listenOn(notifier, { ...serverAddress, address: "127.0.0.1" } as Address),
        ),
        new Ask(notifier, "timer", -1, { timeoutMs: 5 }),
        new Ask(notifier, "event", notifier.openEvent("counting")),
        new Ask(notifier, "signal", notifier.openSignal(["SIGINT"])),
      ];
      const closed = notifier.close();
      expect(notifier.closed).to.equal(true);
      expect(notifier.close()).to.equal(closed);
      expect(asks.map(({ result }) => result)).to.deep.equal(new Array(4).fill("pending"));
      await closed;
      expect(asks.map(({ result }) => result)).to.deep.equal(new Array(4).fill("PIKE_CLOSED"));
    }
  });

  it("leaves nothing that can be called, and says why", async () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket(tcp);
    await notifier.close();
    const calls = [
      ...plainCalls(notifier, handle),
      () => notifier.openSocket(tcp),
      () => notifier.openEvent("counting"),
      () => notifier.openSignal(["SIGINT"]),
      () => notifier.adopt(0),
      () => notifier.post({ slot: 0, generation: 0 }, 1),
      () => notifier.raise("SIGINT"),
    ];
    for (const call of calls) expect(thrownCode(call), String(call)).to.equal("PIKE_CLOSED");
    expect(new Ask(notifier, "timer", -1, { timeoutMs: 1 }).result).to.equal("PIKE_CLOSED");
    expect(new Ask(notifier, "read", handle, { size: 1 }).result).to.equal("PIKE_CLOSED");
    notifier.ref();
    notifier.unref();
    expect(notifier.counters.operations).to.equal(2);
  });

  it("ends its connections for the peers on other hosts", async () => {
    const network = new Lab();
    const { near, far, client } = await connectedPair(network);
    const read = readChunk(far, client);
    await near.close();
    await finish(network, read);
    expect(read.result).to.equal("ok 0");
  });
});

describe("limits", () => {
  it("of handles: the last one opens, the next is PIKE_LIMIT, and room comes back", async () => {
    const notifier = new Lab().host("10.0.0.1", { limits: { handles: 2 } });
    const first = notifier.openEvent("counting");
    notifier.openSocket(tcp);
    for (const open of [
      () => notifier.openSocket(tcp),
      () => notifier.openEvent("counting"),
      () => notifier.openSignal(["SIGINT"]),
    ]) {
      expect(thrownCode(open)).to.equal("PIKE_LIMIT");
    }
    expect(notifier.raise("SIGINT"), "nothing is left of what was refused").to.equal(0);
    await new Ask(notifier, "close", first).done;
    expect(notifier.openEvent("counting")).to.be.greaterThan(0);
  });

  it("of handles hold up an accept, which loses nothing and follows when one closes", async () => {
    const network = new Lab();
    const server = network.host("10.0.0.2", { limits: { handles: 2 } });
    const listener = listenOn(server);
    const spare = server.openEvent("counting");
    const client = network.host("10.0.0.1");
    const handle = client.openSocket(tcp);
    const accept = new Ask(server, "accept", listener);
    await finish(network, new Ask(client, "connect", handle, { address: serverAddress }));
    await network.clock.advance(10);
    expect(accept.result).to.equal("pending");
    new Ask(server, "close", spare);
    await finish(network, accept);
    expect(server.peerAddress(accept.accepted)).to.deep.equal(client.localAddress(handle));
  });

  it("of a queue: the last one waits, the next is PIKE_QUEUE_FULL, per direction", async () => {
    const network = new Lab({ limits: { queue: 3 }, socketBuffer: 10 });
    const { near, server } = await connectedPair(network);
    const operands = { buffer: pattern(50), flags: 1 };
    for (const name of ["read", "write", "wait"] as const) {
      const flags = name === "wait" ? 2 : operands.flags;
      const asks = [1, 2, 3, 4].map(() => new Ask(near, name, server, { ...operands, flags }));
      expect(asks.map(({ result }) => result)).to.deep.equal([
        "pending",
        "pending",
        "pending",
        "PIKE_QUEUE_FULL",
      ]);
    }
  });
});

describe("the contract", () => {
  it("is the one that layers ask for, without what needs descriptors", () => {
    const notifier = new Lab().host("10.0.0.1");
    const needs = { layer: "a test", version: "1", major: 1, minor: 0 };
    const operations = ["read", "write", "openSocket", "poster", "timer", "handleCounters"];
    requireContract(notifier, { ...needs, operations });
    for (const missing of ["adopt", "detach", "getRawOption", "setRawOption"]) {
      const require = () => requireContract(notifier, { ...needs, operations: [missing] });
      expect(thrownCode(require), missing).to.equal("PIKE_UNSUPPORTED");
    }
    for (const name of notifier[contract].operations) {
      const known =
        name in Operation || typeof notifier[name as keyof MemoryNotifier] === "function";
      expect(known, name).to.equal(true);
    }
    expect([notifier.backend, notifier.attached]).to.deep.equal(["memory", true]);
  });

  it("answers what it lacks with PIKE_UNSUPPORTED", () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket(tcp);
    expect(notifier.fd(handle)).to.equal(-1);
    for (const call of [
      () => notifier.adopt(0),
      () => notifier.getRawOption(handle, 1, 2, 4),
      () => notifier.setRawOption(handle, 1, 2, new Uint8Array(4)),
      () => notifier.openSocket({ family: "unix", type: "datagram" }),
    ]) {
      expect(thrownCode(call)).to.equal("PIKE_UNSUPPORTED");
    }
    expect(new Ask(notifier, "detach", handle).result).to.equal("PIKE_UNSUPPORTED");
    const wrong = { family: "ipx", type: "stream" } as unknown as typeof tcp;
    expect(thrownCode(() => notifier.openSocket(wrong))).to.equal("PIKE_RANGE");
  });

  it("refuses a write of nothing and a wait for nothing", () => {
    const notifier = new Lab().host("10.0.0.1");
    const handle = notifier.openSocket(tcp);
    for (const name of ["write", "sendTo", "wait"] as const) {
      expect(new Ask(notifier, name, handle).result, name).to.equal("EINVAL");
    }
  });

  it("refuses a request object that is still pending", () => {
    const notifier = new Lab().host("10.0.0.1");
    const ask = new Ask(notifier, "timer", -1, { timeoutMs: 10 });
    expect(notifier.submit(ask)).to.equal(-4006);
    expect(ask.result).to.equal("pending");
  });

  it("takes a request object again once it has completed", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const ask = new Ask(notifier, "timer", -1, { timeoutMs: 10 });
    await finish(network, ask);
    notifier.submit(ask);
    await network.clock.advance(10);
    expect(ask.completions).to.equal(2);
    ask.completions = 1;
  });
});
