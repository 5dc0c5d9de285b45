import type { Task } from "@pike-io/notifier";
import type { HostOptions, NetworkOptions } from "@pike-io/notifier-memory";
import { expect } from "chai";
import { Ask, finish, Lab, listenOn, pattern, serverAddress, thrownCode, turn } from "./lab.js";

/** One notifier that is driven by hand. */
function manual(options: HostOptions = {}, network: NetworkOptions = {}) {
  return new Lab(network).host("10.0.0.2", { drive: "manual", ...options });
}

describe("a notifier driven by hand", () => {
  it("completes nothing until it is polled, and then as much as there is", async () => {
    const notifier = manual();
    const timers = [1, 1, 2].map((timeoutMs) => new Ask(notifier, "timer", -1, { timeoutMs }));
    await turn();
    expect(timers.map(({ result }) => result)).to.deep.equal(["pending", "pending", "pending"]);
    expect(notifier.poll(0)).to.equal(0);
    expect(notifier.poll(10)).to.equal(2);
    expect(notifier.poll(-1)).to.equal(1);
  });

  it("moves the clock to what it waits for, and no further than it may wait", () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1", { drive: "manual" });
    const timer = new Ask(notifier, "timer", -1, { timeoutMs: 100 });
    expect(notifier.poll(40)).to.equal(0);
    expect(network.clock.now).to.equal(40);
    expect(notifier.poll(0.2)).to.equal(0);
    expect(network.clock.now).to.equal(41);
    expect(notifier.poll(1_000)).to.equal(1);
    expect(network.clock.now).to.equal(100);
    expect(timer.result).to.equal("ok 0");
  });

  it("talks to itself over a connection with latency, poll by poll", () => {
    const notifier = manual({}, { latencyMs: 7, loopback: true });
    const listener = listenOn(notifier);
    const client = notifier.openSocket({ family: "ipv4", type: "stream" });
    const accept = new Ask(notifier, "accept", listener);
    const connect = new Ask(notifier, "connect", client, { address: serverAddress });
    while (connect.result === "pending") notifier.poll(1_000);
    const read = new Ask(notifier, "read", accept.accepted, { size: 100 });
    new Ask(notifier, "write", client, { buffer: pattern(5) });
    expect(notifier.poll(-1)).to.equal(1);
    expect(read.chunk).to.deep.equal(pattern(5));
  });

  it("throws instead of waiting for ever for what can never happen", () => {
    const notifier = manual();
    const read = new Ask(notifier, "event", notifier.openEvent("counting"));
    expect(thrownCode(() => notifier.poll(-1))).to.equal("PIKE_STATE");
    expect(notifier.poll(60_000)).to.equal(0);
    expect(read.result).to.equal("pending");
  });

  it("refuses a poll that is no time, nested, attached or too late", async () => {
    const codes: string[] = [];
    const notifier = manual({
      dispatch: (tasks) => {
        codes.push(thrownCode(() => notifier.poll(0)));
        for (const task of tasks) task.run();
      },
    });
    const complete = () => codes.push(thrownCode(() => notifier.poll(0)));
    new Ask(notifier, "timer", -1, { timeoutMs: 0, onComplete: complete });
    notifier.poll(0);
    expect(codes).to.deep.equal(["PIKE_STATE", "PIKE_STATE"]);
    const poll = (ms: unknown) => thrownCode(() => notifier.poll(ms as number));
    expect([poll(-2), poll(Number.NaN), poll(2 ** 31)]).to.deep.equal([
      "PIKE_RANGE",
      "PIKE_RANGE",
      "PIKE_RANGE",
    ]);
    expect(poll("1")).to.equal("PIKE_TYPE");
    expect(thrownCode(() => new Lab().host("10.0.0.1").poll(0))).to.equal("PIKE_STATE");
    await notifier.close();
    expect(poll(0)).to.equal("PIKE_CLOSED");
  });
});

describe("the dispatch hook", () => {
  it("gets tasks in completion order, to be run later, once, in any order", () => {
    const kept: Task[] = [];
    const notifier = manual({ dispatch: (tasks) => kept.push(...tasks) });
    const ran: number[] = [];
    for (const timeoutMs of [2, 1]) {
      new Ask(notifier, "timer", -1, { timeoutMs, onComplete: () => ran.push(timeoutMs) });
    }
    expect([notifier.poll(5), notifier.poll(5), kept.length]).to.deep.equal([1, 1, 2]);
    expect(ran).to.deep.equal([]);
    for (const task of kept.toReversed()) {
      task.run();
      task.run();
    }
    expect(ran).to.deep.equal([2, 1]);
  });

  it("that never runs a task has it dropped and counted at the close", async () => {
    const notifier = manual({ dispatch: () => {} });
    const ask = new Ask(notifier, "timer", -1, { timeoutMs: 1 });
    ask.dropped = true;
    expect(notifier.poll(5)).to.equal(1);
    await notifier.close();
    expect([ask.result, notifier.counters.dropped]).to.deep.equal(["pending", 1]);
  });
});

describe("results given at once", () => {
  for (const immediate of [1, 16]) {
    it(`are at most ${immediate} per handle and turn, when told so; then the next turn`, async () => {
      const network = new Lab({ limits: { immediate } });
      const notifier = network.host("10.0.0.1");
      const [one, other] = [1, 2].map(() => notifier.openEvent("semaphore"));
      for (const event of [one, other]) notifier.post(notifier.poster(event as number), 100);
      for (let round = 0; round < 2; round++) {
        for (const event of [one, other]) {
          const asks = Array.from(
            { length: immediate + 2 },
            () => new Ask(notifier, "event", event as number),
          );
          expect(asks.filter(({ atOnce }) => atOnce)).to.have.length(immediate);
          await finish(network, ...asks);
        }
        await turn();
      }
    });
  }

  it("are as many again in the next turn, also when nothing was parked", async () => {
    const notifier = new Lab().host("10.0.0.1");
    const event = notifier.openEvent("semaphore");
    notifier.post(notifier.poster(event), 100);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 10; i++) {
        expect(new Ask(notifier, "event", event).atOnce, `round ${round}`).to.equal(true);
      }
      await turn();
    }
  });

  it("don't overtake a request that was parked before", async () => {
    const network = new Lab({ limits: { immediate: 1 } });
    const notifier = network.host("10.0.0.1");
    const event = notifier.openEvent("semaphore");
    notifier.post(notifier.poster(event), 3);
    const order: number[] = [];
    const asks = [0, 1, 2].map(
      (index) => new Ask(notifier, "event", event, { onComplete: () => order.push(index) }),
    );
    await finish(network, ...asks);
    expect(order).to.deep.equal([0, 1, 2]);
  });
});
