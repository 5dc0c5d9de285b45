import { type Poster, READABLE } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, Lab, thrownCode } from "./lab.js";

describe("events", () => {
  it("add posts up by their mode, and keep them for a later wait", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const expected = {
      coalescing: ["ok 1", "pending", "pending"],
      counting: ["ok 3", "pending", "pending"],
      semaphore: ["ok 1", "ok 1", "ok 1"],
    };
    for (const mode of ["coalescing", "counting", "semaphore"] as const) {
      const event = notifier.openEvent(mode);
      notifier.post(notifier.poster(event), 2);
      notifier.post(notifier.poster(event), 1);
      const waits = [1, 2, 3].map(() => new Ask(notifier, "event", event));
      expect(waits.map(({ result }) => result)).to.deep.equal(expected[mode]);
    }
  });

  it("wake a waiter later, never on the poster's stack, from any notifier and network", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const event = notifier.openEvent("counting");
    const wait = new Ask(notifier, "event", event);
    const poster = structuredClone(notifier.poster(event));
    new Lab({ seed: 9 }).host("10.0.0.7").post(poster, 5);
    expect(wait.result).to.equal("pending");
    expect(await wait.done).to.equal("ok 5");
  });

  it("give the largest count in one, and keep what is beyond it", () => {
    const notifier = new Lab().host("10.0.0.1");
    const event = notifier.openEvent("counting");
    notifier.post(notifier.poster(event), 0xffff_ffff);
    notifier.post(notifier.poster(event), 2);
    expect(new Ask(notifier, "event", event).result).to.equal("ok 4294967295");
    expect(new Ask(notifier, "event", event).result).to.equal("ok 2");
  });

  it("that are closed, or another thread's, answer a post with PIKE_CLOSED", async () => {
    const notifier = new Lab().host("10.0.0.1");
    const event = notifier.openEvent("counting");
    const poster = notifier.poster(event);
    await new Ask(notifier, "close", event).done;
    const next = notifier.openEvent("counting");
    expect(notifier.poster(next).slot).to.equal(poster.slot);
    const post = (one: unknown, count = 1) => thrownCode(() => notifier.post(one as Poster, count));
    expect(post(poster)).to.equal("PIKE_CLOSED");
    expect(post({ slot: 1e9, generation: 1 })).to.equal("PIKE_CLOSED");
    expect(new Ask(notifier, "event", next, { timeoutMs: 5 }).atOnce).to.equal(false);
    expect(post(null)).to.equal("PIKE_TYPE");
    expect(post(notifier.poster(next), 0)).to.equal("PIKE_RANGE");
    expect(post(notifier.poster(next), 2 ** 32)).to.equal("PIKE_RANGE");
  });

  it("are no sockets, and sockets are no events", () => {
    const notifier = new Lab().host("10.0.0.1");
    const event = notifier.openEvent("counting");
    const socket = notifier.openSocket({ family: "ipv4", type: "stream" });
    const udp = notifier.openSocket({ family: "ipv4", type: "datagram" });
    expect(thrownCode(() => notifier.poster(socket))).to.equal("EINVAL");
    expect(thrownCode(() => notifier.listen(event, 1))).to.equal("ENOTSOCK");
    expect(new Ask(notifier, "accept", event).result).to.equal("ENOTSOCK");
    expect(new Ask(notifier, "read", event, { size: 8 }).result).to.equal("EINVAL");
    for (const handle of [socket, udp]) {
      expect(new Ask(notifier, "event", handle).result).to.equal("EINVAL");
    }
    expect(thrownCode(() => notifier.openEvent("often" as "counting"))).to.equal("PIKE_RANGE");
  });

  it("are readable while posts are there", () => {
    const notifier = new Lab().host("10.0.0.1");
    const event = notifier.openEvent("counting");
    notifier.post(notifier.poster(event), 1);
    expect(new Ask(notifier, "wait", event, { flags: READABLE }).result).to.equal("ok 2");
  });
});

describe("signals", () => {
  it("come to every waiter on the host, each with its sender", async () => {
    const network = new Lab();
    const [one, two] = [network.host("10.0.0.1"), network.host("10.0.0.1")];
    const other = network.host("10.0.0.2");
    const asks = [one, two, other].map(
      (notifier) => new Ask(notifier, "signal", notifier.openSignal(["SIGINT", "SIGHUP"])),
    );
    expect(one.raise("SIGINT", { pid: 7, uid: 8, value: 9, code: -1 })).to.equal(2);
    expect(asks.map(({ result }) => result)).to.deep.equal(["pending", "pending", "pending"]);
    await network.clock.advance(0);
    expect(asks.map(({ result }) => result)).to.deep.equal(["ok 0", "ok 0", "pending"]);
    for (const { signal } of asks.slice(0, 2)) {
      expect(signal).to.deep.equal({
        name: "SIGINT",
        number: 2,
        pid: 7,
        uid: 8,
        code: -1,
        value: 9,
      });
    }
  });

  it("are queued one by one, none lost in a flood, and only those asked for", () => {
    const notifier = new Lab({ limits: { immediate: 65_535 } }).host("10.0.0.1");
    const handle = notifier.openSignal(["SIGRTMIN+3", "SIGTERM"]);
    for (let value = 0; value < 50_000; value++) notifier.raise("SIGRTMIN+3", { value });
    expect(notifier.raise("SIGUSR1")).to.equal(0);
    for (let value = 0; value < 50_000; value++) {
      const ask = new Ask(notifier, "signal", handle);
      if (ask.signal?.value !== value) expect.fail(`${ask.result} instead of signal ${value}`);
    }
    expect(new Ask(notifier, "signal", handle).result).to.equal("pending");
  });

  it("have one name each, however they are written, and real-time ones count from SIGRTMIN", () => {
    const notifier = new Lab().host("10.0.0.1");
    const names = ["SIGRTMAX", "SIGRTMIN", "SIGIOT", "SIGRTMAX-1", "SIGPOLL"];
    const handle = notifier.openSignal(names);
    const found = names.map((name) => {
      notifier.raise(name);
      return new Ask(notifier, "signal", handle).signal;
    });
    expect(found.map((signal) => `${signal?.name} ${signal?.number}`)).to.deep.equal([
      "SIGRTMIN+30 64",
      "SIGRTMIN 34",
      "SIGABRT 6",
      "SIGRTMIN+29 63",
      "SIGIO 29",
    ]);
  });

  it("that cannot be waited for are refused", () => {
    const notifier = new Lab().host("10.0.0.1");
    const open = (names: unknown) => thrownCode(() => notifier.openSignal(names as string[]));
    for (const name of ["SIGKILL", "SIGSTOP", "SIGSEGV", "SIGPROF", "SIGRTMIN+31", "toString"]) {
      expect(open([name]), name).to.equal("EINVAL");
      expect(thrownCode(() => notifier.raise(name))).to.equal("EINVAL");
    }
    expect([open("SIGINT"), open([2]), open([])]).to.deep.equal([
      "PIKE_TYPE",
      "PIKE_TYPE",
      "PIKE_RANGE",
    ]);
    expect(notifier.counters.handles).to.equal(0);
  });

  it("of a closed handle go to nobody", async () => {
    const notifier = new MemoryNetwork().host("10.0.0.1");
    const handle = notifier.openSignal(["SIGINT"]);
    await new Ask(notifier, "close", handle).done;
    expect(notifier.raise("SIGINT")).to.equal(0);
    await notifier.close();
  });
});
