/** Every function of sockets with wrong arguments and in every state, over both notifiers. */
import type { Notifier } from "@pike-io/notifier";
import { bind, connect, Listener, listen, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, notifiers, thrownCode } from "./peers.js";

const junk: readonly unknown[] = [
  ...[undefined, null, true, -1, 1.5, Number.NaN, 1n, "", "text", Symbol("s"), () => {}],
  ...[
    {},
    [],
    new Date(),
    new Uint8Array(3),
    { address: 1 },
    { host: 1, port: "x" },
    { __proto__: null },
  ],
];

/** Codes that say "wrong argument", and nothing else. */
const ARGUMENT = ["PIKE_TYPE", "PIKE_RANGE"];

for (const [name, open] of Object.entries(notifiers)) {
  describe(`sockets with wrong arguments, over ${name}`, () => {
    let notifier: Notifier;

    beforeEach(() => {
      notifier = open();
    });

    afterEach(async () => {
      expect(notifier.counters.pending, "nothing was started").to.equal(0);
      await notifier.close();
    });

    it("families, types and notifiers", () => {
      for (const value of junk) {
        expect(thrownCode(() => Socket.open(value as never, "stream"))).to.equal("PIKE_TYPE");
        expect(thrownCode(() => Socket.open("ipv4", value as never))).to.equal("PIKE_TYPE");
        const socket = Socket.open("ipv4", "stream");
        expect(thrownCode(() => socket.registerTo(value as never))).to.equal("PIKE_TYPE");
        expect(socket.state).to.equal("unregistered");
      }
      expect(thrownCode(() => Socket.open("unix", "datagram"))).to.equal("PIKE_UNSUPPORTED");
      expect(notifier.counters.handles).to.equal(0);
    });

    it("addresses", async () => {
      const socket = Socket.open("ipv4", "stream").registerTo(notifier);
      const { operations } = notifier.counters;
      const wrong = [...junk, { path: "/a" }, { address: "::1", port: 1 }];
      for (const value of wrong) {
        expect(
          thrownCode(() => socket.bind(value as never)),
          show(value),
        ).to.be.oneOf(ARGUMENT);
        expect(await codeOf(socket.connect(value as never)), show(value)).to.be.oneOf(ARGUMENT);
        const send = socket.sendTo(new Uint8Array(1), value as never);
        expect(await codeOf(send), show(value)).to.be.oneOf(ARGUMENT);
      }
      expect(notifier.counters.operations).to.equal(operations);
    });

    it("buffers, backlogs, directions, modes", async () => {
      const socket = Socket.open("ipv4", "stream").registerTo(notifier);
      const udp = Socket.open("ipv4", "datagram").registerTo(notifier);
      const to = { address: "127.0.0.1", port: 9 };
      const isBytes = (value: unknown) => value instanceof Uint8Array;
      for (const value of junk.filter((one) => !isBytes(one))) {
        expect(await codeOf(udp.recvFrom(value as never))).to.equal("PIKE_TYPE");
        expect(await codeOf(udp.recv(value as never))).to.equal("PIKE_TYPE");
        expect(await codeOf(udp.sendTo(value as never, to))).to.equal("PIKE_TYPE");
        expect(await codeOf(udp.send(value as never))).to.equal("PIKE_TYPE");
        expect(await codeOf(socket.recv(value as never))).to.equal("PIKE_TYPE");
        expect(thrownCode(() => socket.shutdown(value as never))).to.equal("PIKE_TYPE");
      }
      for (const backlog of junk.filter((one) => one !== undefined)) {
        expect(thrownCode(() => socket.listen(backlog as never))).to.be.oneOf(ARGUMENT);
      }
      expect(thrownCode(() => socket.listen(65_536))).to.equal("PIKE_RANGE");
      const address = { address: "127.0.0.1", port: 0 };
      for (const mode of ["600", null, -1, 0o1000]) {
        expect(thrownCode(() => socket.bind(address, { mode } as never))).to.be.oneOf(ARGUMENT);
      }
    });

    it("bind and listen options that are no objects, or hold the wrong things", () => {
      const unix = Socket.open("unix", "stream").registerTo(notifier);
      const address = { family: "unix", abstract: `args-${process.pid}` } as const;
      for (const options of [null, 1, "a", true]) {
        expect(thrownCode(() => unix.bind(address, options as never))).to.equal("PIKE_TYPE");
        expect(thrownCode(() => unix.listen(1, options as never))).to.equal("PIKE_TYPE");
      }
      expect(thrownCode(() => unix.bind(address, { replace: 1 } as never))).to.equal("PIKE_TYPE");
      for (const allowUid of ["0", {}, true]) {
        expect(thrownCode(() => unix.listen(1, { allowUid } as never))).to.equal("PIKE_TYPE");
      }
      for (const allowUid of [-1, 0.5, Number.NaN, 2 ** 32]) {
        expect(thrownCode(() => unix.listen(1, { allowUid }))).to.equal("PIKE_RANGE");
      }
      expect(unix.get("listening")).to.equal(false);
    });

    it("options", () => {
      const socket = Socket.open("ipv4", "stream").registerTo(notifier);
      for (const value of [...junk, "__proto__", "constructor", "toString", "SO_REUSEADDR"]) {
        expect(
          thrownCode(() => socket.get(value as never)),
          show(value),
        ).to.equal("PIKE_TYPE");
        const set = () => socket.set(value as never, true as never);
        expect(thrownCode(set), show(value)).to.equal("PIKE_TYPE");
      }
      for (const value of [...junk, 0, 1].filter((one) => typeof one !== "boolean")) {
        expect(thrownCode(() => socket.set("keepAlive", value as never))).to.equal("PIKE_TYPE");
      }
      for (const value of junk) {
        expect(thrownCode(() => socket.set("sendBuffer", value as never))).to.be.oneOf(ARGUMENT);
        expect(thrownCode(() => socket.set("joinGroup", value as never))).to.be.oneOf(ARGUMENT);
        if (value === null) continue;
        expect(thrownCode(() => socket.set("linger", value as never))).to.be.oneOf(ARGUMENT);
      }
      for (const [option, value] of [
        ["linger", 65_536],
        ["keepIdle", 0],
        ["ttl", 256],
        ["ttl", 0],
        ["sendTimeout", -1],
        ["keepCount", 128],
      ] as const) {
        expect(thrownCode(() => socket.set(option, value))).to.equal("PIKE_RANGE");
      }
      expect(thrownCode(() => socket.set("type", "stream"))).to.equal("PIKE_UNSUPPORTED");
      expect(thrownCode(() => socket.get("joinGroup"))).to.equal("PIKE_UNSUPPORTED");
    });

    it("memberships of groups that are none", () => {
      const udp = Socket.open("ipv4", "datagram").registerTo(notifier);
      const wrong = [
        { group: 1 },
        { group: "here" },
        { group: "239.1.1.1", interface: "lo" },
        { group: "239.1.1.1", interface: -1 },
        { group: "239.1.1.1", source: 1 },
        { group: "239.1.1.1", source: "there" },
      ];
      for (const value of wrong) {
        const set = () => udp.set("joinGroup", value as never);
        expect(thrownCode(set), JSON.stringify(value)).to.be.oneOf([...ARGUMENT, "EINVAL"]);
      }
    });

    it("raw options", () => {
      const socket = Socket.open("ipv4", "stream").registerTo(notifier);
      for (const value of junk.filter((one) => one !== -1)) {
        expect(thrownCode(() => socket.getOption(value as never, 1, 4))).to.be.oneOf(ARGUMENT);
        expect(thrownCode(() => socket.getOption(1, value as never, 4))).to.be.oneOf(ARGUMENT);
        expect(thrownCode(() => socket.getOption(1, 1, value as never))).to.be.oneOf(ARGUMENT);
        if (value instanceof Uint8Array) continue;
        expect(thrownCode(() => socket.setOption(1, 1, value as never))).to.equal("PIKE_TYPE");
      }
      const big = new Uint8Array(4_097);
      expect(thrownCode(() => socket.getOption(1, 1, 4_097))).to.equal("PIKE_RANGE");
      expect(thrownCode(() => socket.setOption(1, 1, big))).to.equal("PIKE_RANGE");
    });

    it("connect, listen and bind: whatever is given, a rejection and no socket", async () => {
      for (const value of junk) {
        for (const call of [connect, listen, bind]) {
          expect(await codeOf(call(value as never)), show(value)).to.equal("PIKE_TYPE");
        }
        const odd = [
          { host: value, port: 1 },
          { host: "127.0.0.1", port: value },
          { host: "127.0.0.1", port: 70_000 },
          { path: value },
          { abstract: value },
          { host: "a.test", port: 1, lookup: value },
          { address: "127.0.0.1", port: 9, timeoutMs: value === 1.5 ? -1.5 : (value ?? "x") },
          { address: "127.0.0.1", port: 9, signal: value ?? 1 },
          { address: "127.0.0.1", port: 9, type: value ?? "sctp" },
          { address: "127.0.0.1", port: 9, local: value ?? 1 },
        ];
        for (const target of odd) {
          if ("path" in target && value === "text") continue;
          if ("abstract" in target && value === "text") continue;
          const code = await codeOf(connect({ ...target, notifier } as never));
          expect(code, describeTarget(target)).to.be.oneOf([...ARGUMENT, "ENOENT"]);
        }
        const listening = { host: "127.0.0.1", port: 0, notifier };
        expect(await codeOf(listen(listening, (value ?? 1) as never))).to.be.oneOf(
          typeof value === "function" ? ["resolved"] : ["PIKE_TYPE"],
        );
        for (const key of ["backlog", "onPeerError", "reuseAddress", "ipv6Only"] as const) {
          const target = { ...listening, [key]: value ?? Symbol("none") };
          const allowed = typeof value === "boolean" || typeof value === "function";
          const code = await codeOf(listen(target as never));
          if (!allowed)
            expect(code, `${key}: ${show(value)}`).to.be.oneOf([
              ...ARGUMENT,
              "ENOPROTOOPT",
              "EOPNOTSUPP",
            ]);
        }
      }
      await notifier.close();
      expect(notifier.counters.handles).to.equal(0);
    });

    it("a lookup that throws, rejects, or gives nonsense is a rejection and no socket", async () => {
      const target = { host: "a.test", port: 1, notifier };
      const lookups: readonly unknown[] = [
        () => {
          throw new Error("lookup failed");
        },
        () => Promise.reject(new Error("lookup failed")),
        () => 1,
        () => null,
        () => [{ address: 1 }],
        () => [{ address: "nonsense", family: 4 }],
        () => [null],
      ];
      for (const lookup of lookups) {
        const error = await connect({ ...target, lookup } as never).catch((thrown) => thrown);
        expect(error).to.be.an.instanceOf(Error);
      }
      expect(notifier.counters.handles).to.equal(0);
    });

    it("a Listener over a socket that does not listen, or with wrong options", () => {
      const socket = Socket.open("ipv4", "stream").registerTo(notifier);
      for (const options of [{ onPeerError: 1 }, { onPeerError: null }]) {
        expect(thrownCode(() => new Listener(socket, options as never))).to.equal("PIKE_TYPE");
      }
      expect(thrownCode(() => new Listener(socket, {}, 1 as never))).to.equal("PIKE_TYPE");
    });

    it("before it is registered, and closed: every function says so", async () => {
      const early = Socket.open("ipv4", "stream");
      await expectRefused(early, "PIKE_NOT_REGISTERED");
      const closed = Socket.open("ipv4", "stream").registerTo(notifier);
      const closing = closed.close();
      await expectRefused(closed, "PIKE_CLOSED");
      await closing;
      await expectRefused(closed, "PIKE_CLOSED");
      await closed.abort();
      expect(thrownCode(() => closed.registerTo(notifier))).to.equal("PIKE_CLOSED");
      const twice = Socket.open("ipv4", "stream").registerTo(notifier);
      expect(thrownCode(() => twice.registerTo(notifier))).to.equal("PIKE_STATE");
      await twice.abort();
      expect(notifier.counters.handles).to.equal(0);
    });
  });
}

/** Any value as text: not every object has a text of its own. */
function show(value: unknown): string {
  return typeof value === "object" ? Object.prototype.toString.call(value) : String(value);
}

function describeTarget(target: object): string {
  return Object.entries(target)
    .map(([key, value]) => `${key}: ${show(value)}`)
    .join(", ");
}

async function expectRefused(socket: Socket, code: string): Promise<void> {
  const bytes = new Uint8Array(1);
  const address = { address: "127.0.0.1", port: 9 };
  const promises = {
    accept: socket.accept(),
    connect: socket.connect(address),
    recv: socket.recv(bytes),
    recvFrom: socket.recvFrom(bytes),
    send: socket.send(bytes),
    sendTo: socket.sendTo(bytes, address),
    next: socket[Symbol.asyncIterator]().next(),
    wait: socket.wait("read"),
  };
  for (const [name, promise] of Object.entries(promises)) {
    expect(await codeOf(promise), name).to.equal(code);
  }
  const calls = {
    bind: () => socket.bind(address),
    listen: () => socket.listen(),
    shutdown: () => socket.shutdown("both"),
    getBindAddress: () => socket.getBindAddress(),
    getPeerAddress: () => socket.getPeerAddress(),
    get: () => socket.get("type"),
    set: () => socket.set("keepAlive", true),
    getOption: () => socket.getOption(1, 1, 4),
    setOption: () => socket.setOption(1, 1, bytes),
    counters: () => socket.counters,
    ref: () => socket.ref(),
  };
  for (const [name, call] of Object.entries(calls)) expect(thrownCode(call), name).to.equal(code);
}
