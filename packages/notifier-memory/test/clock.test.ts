import { expect } from "chai";
import { Ask, connectedPair, Lab, readChunk, turn, writeAll } from "./lab.js";

describe("the clock", () => {
  it("stands still until it is moved, and then runs what is due in order of time", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const fired: string[] = [];
    for (const timeoutMs of [30, 10, 20, 10]) {
      new Ask(notifier, "timer", -1, {
        timeoutMs,
        onComplete: () => fired.push(`${timeoutMs} at ${network.clock.now}`),
      });
    }
    await turn();
    expect(fired).to.deep.equal([]);
    await network.clock.advance(20);
    expect(fired).to.deep.equal(["10 at 10", "10 at 10", "20 at 20"]);
    expect(network.clock.now).to.equal(20);
    await network.clock.advance(9);
    expect(fired).to.have.length(3);
    await network.clock.advance(1);
    expect(fired.at(-1)).to.equal("30 at 30");
  });

  it("lets continuations run between the steps, so that what they start happens in time", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const fired: number[] = [];
    const sleep = async (timeoutMs: number): Promise<void> => {
      await new Ask(notifier, "timer", -1, { timeoutMs }).done;
      for (let i = 0; i < 10; i++) await null;
      fired.push(network.clock.now);
    };
    const all = (async () => {
      for (const ms of [5, 7, 1]) await sleep(ms);
    })();
    await network.clock.advance(100);
    await all;
    expect(fired).to.deep.equal([5, 12, 13]);
    expect(network.clock.now).to.equal(100);
  });

  it("adds up overlapping advances instead of mixing them", async () => {
    const network = new Lab();
    const times: number[] = [];
    await Promise.all(
      [10, 5, 0].map((ms) => network.clock.advance(ms).then(() => times.push(network.clock.now))),
    );
    expect(times).to.deep.equal([10, 15, 15]);
  });

  it("rejects what is no time, and goes on working", async () => {
    const { clock } = new Lab();
    const codes = await Promise.all(
      [-1, Number.NaN, Number.POSITIVE_INFINITY, "5" as unknown as number].map((ms) =>
        clock.advance(ms).catch((error: { code: string }) => error.code),
      ),
    );
    expect(codes).to.deep.equal(["PIKE_RANGE", "PIKE_RANGE", "PIKE_RANGE", "PIKE_TYPE"]);
    await clock.advance(1);
    expect(clock.now).to.equal(1);
  });

  it("delivers without latency in a later macrotask, without being moved", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const before = network.clock.now;
    const read = readChunk(near, server);
    const write = writeAll(far, client, Uint8Array.of(1, 2, 3));
    expect(write.atOnce).to.equal(true);
    await null;
    expect(read.result).to.equal("pending");
    expect(await read.done).to.equal("ok 3");
    expect(network.clock.now).to.equal(before);
  });

  it("holds back what has latency until the time has come", async () => {
    const network = new Lab({ latencyMs: 10 });
    const { near, far, server, client } = await connectedPair(network);
    const read = readChunk(near, server);
    writeAll(far, client, Uint8Array.of(1));
    await network.clock.advance(9);
    expect(read.result).to.equal("pending");
    await network.clock.advance(1);
    expect(read.result).to.equal("ok 1");
  });

  it("keeps what arrived in the instant of a deadline: the last attempt finds it", async () => {
    const network = new Lab({ latencyMs: 10 });
    const { near, far, server, client } = await connectedPair(network);
    const read = new Ask(near, "read", server, { size: 10, timeoutMs: 10 });
    const late = new Ask(near, "read", server, { size: 10, timeoutMs: 10 });
    writeAll(far, client, Uint8Array.of(1));
    await network.clock.advance(10);
    expect([read.result, late.result]).to.deep.equal(["ok 1", "PIKE_TIMEOUT"]);
  });
});

describe("the clock that follows by itself", () => {
  it("jumps to what is due when the loop is idle, without waiting", async () => {
    const network = new Lab({ clock: "auto", latencyMs: 1_000 });
    const { near, far, server, client } = await connectedPair(network);
    const started = Date.now();
    const hour = new Ask(near, "timer", -1, { timeoutMs: 3_600_000 });
    const read = readChunk(near, server);
    writeAll(far, client, Uint8Array.of(1));
    expect(await read.done).to.equal("ok 1");
    expect(hour.result).to.equal("pending");
    expect(await hour.done).to.equal("ok 0");
    expect(network.clock.now).to.be.greaterThanOrEqual(3_600_000);
    expect(Date.now() - started).to.be.lessThan(60_000);
  });

  it("does not jump while the program is busy from turn to turn", async () => {
    const network = new Lab({ clock: "auto" });
    const { near, far, server, client } = await connectedPair(network);
    const timer = new Ask(near, "timer", -1, { timeoutMs: 1 });
    for (let i = 0; i < 50; i++) {
      writeAll(far, client, Uint8Array.of(i));
      expect(await readChunk(near, server).done).to.equal("ok 1");
    }
    expect(timer.result).to.equal("pending");
    expect(await timer.done).to.equal("ok 0");
  });

  it("stands still while nobody waits for anything", async () => {
    const network = new Lab({ clock: "auto" });
    const manual = network.host("10.0.0.1", { drive: "manual" });
    const timer = new Ask(manual, "timer", -1, { timeoutMs: 5 });
    for (let i = 0; i < 20; i++) await turn();
    expect(network.clock.now).to.equal(0);
    expect(manual.poll(4)).to.equal(0);
    expect(manual.poll(1)).to.equal(1);
    expect(timer.result).to.equal("ok 0");
  });
});
