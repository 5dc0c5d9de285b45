/**
 * Hazard: driven by hand, a notifier blocks, spins, loses completions, or runs user code where none
 * may run.
 */
import { type Notifier, Operation, PENDING, type Request, type Task } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { run } from "./program.js";
import { request } from "./request.js";

/** Long past the end of the test. */
const FAR_MS = 600_000;

function timer(timeoutMs: number, complete: (result: number) => void): Request {
  return { ...request(Operation.timer, -1), timeoutMs, complete };
}

describe("poll by hand", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier({ drive: "manual" });
  });
  afterEach(() => notifier.close());

  it("0 returns at once with nothing to do", () => {
    expect(notifier.poll(0)).to.equal(0);
  });

  it("a part of a millisecond rounds up: it waits, and does not spin", () => {
    const before = notifier.counters.systemCalls;
    expect(notifier.poll(0.2)).to.equal(0);
    expect(notifier.counters.systemCalls - before).to.be.at.most(3);
  });

  it("waits past its slices for a completion, and counts it", () => {
    const results: number[] = [];
    expect(notifier.submit(timer(250, (result) => results.push(result)))).to.equal(PENDING);
    expect(notifier.poll(-1)).to.equal(1);
    expect(results).to.deep.equal([0]);
  });

  it("delivers timers in the order of their deadlines", () => {
    notifier.submit(timer(FAR_MS, () => {}));
    // Again if the program was held up in between for so long that another order would be right.
    for (let isHeldUp = true; isHeldUp; ) {
      const order: number[] = [];
      const from = performance.now();
      for (const ms of [60, 20, 40, 0]) notifier.submit(timer(ms, () => order.push(ms)));
      isHeldUp = performance.now() - from > 15;
      while (order.length < 4) notifier.poll(-1);
      if (!isHeldUp) expect(order).to.deep.equal([0, 20, 40, 60]);
    }
  });

  it("never calls back on the submitter's stack", () => {
    let called = 0;
    const request = timer(0, () => called++);
    notifier.submit(request);
    notifier.cancel(request);
    notifier.cancel(request);
    expect(called).to.equal(0);
    expect(notifier.poll(0)).to.equal(1);
    expect(called).to.equal(1);
  });

  for (const wrong of ["1", Number.NaN, -2, Number.POSITIVE_INFINITY, 2 ** 31]) {
    it(`refuses a timeout of ${JSON.stringify(wrong)} (${typeof wrong} ${String(wrong)})`, () => {
      const code = typeof wrong === "string" ? "PIKE_TYPE" : "PIKE_RANGE";
      expect(() => notifier.poll(wrong as number))
        .to.throw()
        .with.property("code", code);
    });
  }

  it("is refused on an attached notifier", () => {
    const attached = openNotifier();
    expect(() => attached.poll(0))
      .to.throw()
      .with.property("code", "PIKE_STATE");
    return attached.close();
  });

  it("is refused once the notifier is closed", async () => {
    const closed = openNotifier({ drive: "manual" });
    await closed.close();
    expect(() => closed.poll(0))
      .to.throw()
      .with.property("code", "PIKE_CLOSED");
  });

  it("close completes what is pending, and can be called twice", async () => {
    const other = openNotifier({ drive: "manual" });
    const socket = Socket.open("ipv4", "datagram").registerTo(other);
    const failed = socket.recvFrom(new Uint8Array(1)).catch((error) => error.code);
    const results: number[] = [];
    other.submit(timer(60_000, (result) => results.push(result)));
    await Promise.all([other.close(), other.close()]);
    expect(await failed).to.equal("PIKE_CLOSED");
    expect(results).to.deep.equal([-4003]);
    expect(other.counters.handles).to.equal(0);
  });
});

describe("the dispatch hook", () => {
  it("gets a batch in order and may run the tasks later, in any order, once", async () => {
    const batches: (readonly Task[])[] = [];
    const notifier = openNotifier({ drive: "manual", dispatch: (tasks) => batches.push(tasks) });
    const order: string[] = [];
    for (const name of ["a", "b", "c"]) notifier.submit(timer(0, () => order.push(name)));
    while (batches.flat().length < 3) notifier.poll(-1);
    expect(order).to.deep.equal([]);
    for (const task of batches.flat().reverse()) task.run();
    for (const task of batches.flat()) task.run();
    expect(order).to.deep.equal(["c", "b", "a"]);
    await notifier.close();
    expect(notifier.counters.dropped).to.equal(0);
  });

  it("tasks that were never run are dropped at close, and counted", async () => {
    const kept: Task[] = [];
    const notifier = openNotifier({ drive: "manual", dispatch: (tasks) => kept.push(...tasks) });
    let called = 0;
    notifier.submit(timer(0, () => called++));
    notifier.poll(-1);
    await notifier.close();
    for (const task of kept) task.run();
    expect({ called, dropped: notifier.counters.dropped }).to.deep.equal({ called: 0, dropped: 1 });
  });

  it("may not poll", async () => {
    let code = "";
    const notifier = openNotifier({
      drive: "manual",
      dispatch: (tasks) => {
        try {
          notifier.poll(0);
        } catch (error) {
          code = (error as { code: string }).code;
        }
        for (const task of tasks) task.run();
      },
    });
    notifier.submit(timer(0, () => {}));
    notifier.poll(-1);
    expect(code).to.equal("PIKE_STATE");
    await notifier.close();
  });

  it("that throws is an uncaught exception, and the rest runs by default", async () => {
    const { code, stdout } = await run(`
      process.on("uncaughtException", (error) => console.log("uncaught", error.message));
      const notifier = openNotifier({ dispatch: () => { throw new Error("mine"); } });
      const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      await socket.recvFrom(new Uint8Array(1), { timeoutMs: 1 }).catch((error) => console.log(error.code));`);
    expect(code).to.equal(0);
    expect(stdout.trim().split("\n").sort()).to.deep.equal(["PIKE_TIMEOUT", "uncaught mine"]);
  });
});
