/** Cases for who drives a notifier and how completions are handed out: `poll` and `dispatch`. */
import assert from "node:assert/strict";
import { Operation, type Task } from "@pike-io/notifier";
import { thrownBy } from "./contract.js";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { pattern, turn } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Driving by hand. */
export function pollCases(suite: Suite): void {
  suite.group("driven by hand", ["manual", "timer"], (test) => {
    test("nothing completes until it is polled, and poll counts what completed", async (stage) => {
      const notifier = await stage.open({ drive: "manual" });
      assert.equal(notifier.attached, false);
      const timers = [1, 2].map((timeoutMs) =>
        stage.submit(notifier, Operation.timer, -1, { timeoutMs }),
      );
      for (let i = 0; i < 5; i++) await turn();
      assert.ok(timers.every(({ completions }) => completions === 0));
      let count = 0;
      while (count < 2) count += notifier.poll(1_000);
      assert.equal(count, 2);
      for (const { done } of timers) assert.equal(outcome(await done), "ok 0");
      assert.equal(notifier.poll(0), 0);
    });

    test("poll(-1) waits until something completes, however long", async (stage) => {
      const notifier = await stage.open({ drive: "manual" });
      const timer = stage.submit(notifier, Operation.timer, -1, { timeoutMs: 250 });
      assert.equal(notifier.poll(-1), 1);
      assert.equal(timer.completions, 1);
    });

    test("poll(0) and a poll that times out complete nothing", async (stage) => {
      const notifier = await stage.open({ drive: "manual" });
      const timer = stage.submit(notifier, Operation.timer, -1, { timeoutMs: 0x7fff_ffff });
      assert.equal(notifier.poll(0), 0);
      assert.equal(notifier.poll(0.25), 0);
      assert.equal(notifier.poll(3), 0);
      timer.cancel(notifier);
      assert.equal(notifier.poll(1_000), 1);
      assertCode(await timer.done, "PIKE_ABORTED");
    });

    test("poll of a fraction of a millisecond waits for a whole one", async (stage) => {
      const notifier = await stage.open({ drive: "manual" });
      const timer = stage.submit(notifier, Operation.timer, -1, { timeoutMs: 1 });
      // Rounded down it would be poll(0) each time, and never sleep; this bounds the attempts.
      let polls = 0;
      while (notifier.poll(0.01) === 0) assert.ok(++polls < 50, "poll(0.01) does not wait");
      assert.equal(timer.completions, 1);
    });

    test("poll refuses what is no time", async (stage) => {
      const notifier = await stage.open({ drive: "manual" });
      for (const value of ["1", null, undefined, {}, 1n]) {
        assert.throws(() => notifier.poll(value as number), { code: "PIKE_TYPE" });
      }
      for (const value of [-2, Number.NaN, -0.5, Number.NEGATIVE_INFINITY, 2 ** 31]) {
        assert.throws(() => notifier.poll(value), { code: "PIKE_RANGE" });
      }
    });

    test("poll on an attached or a closed notifier is refused", async (stage) => {
      assert.throws(() => stage.near.poll(0), { code: "PIKE_STATE" });
      const notifier = await stage.open({ drive: "manual" });
      await notifier.close();
      assert.match(thrownBy(() => notifier.poll(0)).code, /^PIKE_(CLOSED|STATE)$/);
    });

    test(
      "two peers talk, with continuations run at the caller's await",
      async (stage) => {
        const notifier = await stage.open({ drive: "manual" });
        const { listener, address } = stage.listen("ipv4", notifier);
        const client = stage.socket("ipv4", "stream", notifier);
        const accept = stage.submit(notifier, Operation.accept, listener);
        stage.submit(notifier, Operation.connect, client, { address });
        while (accept.completions + Number(accept.atOnce) === 0) {
          notifier.poll(1_000);
          await null;
        }
        const echoed: number[] = [];
        const echo = async (): Promise<void> => {
          const buffer = new Uint8Array(16);
          for (let n = 1; n > 0; ) {
            n = await stage.read(notifier, accept.accepted, buffer).done;
            if (n > 0) await stage.writeAll(notifier, accept.accepted, buffer.subarray(0, n)).done;
          }
        };
        const ask = async (): Promise<void> => {
          for (let i = 0; i < 20; i++) {
            await stage.writeAll(notifier, client, Uint8Array.of(i)).done;
            echoed.push(...(await stage.readFully(notifier, client, 1)));
          }
          notifier.shutdown(client, "write");
        };
        let over = false;
        const both = Promise.all([echo(), ask()]).finally(() => {
          over = true;
        });
        for (let polls = 0; !over; polls++) {
          assert.ok(polls < 10_000);
          notifier.poll(50);
          await turn();
        }
        await both;
        assert.deepEqual(
          echoed,
          Array.from({ length: 20 }, (_, i) => i),
        );
      },
      [...needs, "shutdown", "ipv4"],
    );
  });
}

/** The dispatch hook. */
export function dispatchCases(suite: Suite): void {
  suite.group("the dispatch hook", [...needs, "timer", "manual", "ipv4"], (test) => {
    test("gets batches of tasks in completion order, and none is delivered but by it", async (stage) => {
      const batches: (readonly Task[])[] = [];
      const notifier = await stage.open({
        drive: "manual",
        dispatch: (tasks) => batches.push(tasks),
      });
      const ended: number[] = [];
      for (const timeoutMs of [60, 20, 40]) {
        stage.submit(notifier, Operation.timer, -1, {
          timeoutMs,
          onComplete: () => ended.push(timeoutMs),
        });
      }
      let count = 0;
      while (count < 3) count += notifier.poll(1_000);
      assert.deepEqual(ended, [], "not before the task is run");
      const tasks = batches.flat();
      assert.equal(tasks.length, 3);
      for (const task of tasks) task.run();
      assert.deepEqual(ended, [20, 40, 60]);
    });

    test("may run tasks later, in any order, and a second run does nothing", async (stage) => {
      const kept: Task[] = [];
      const notifier = await stage.open({
        drive: "manual",
        dispatch: (tasks) => void kept.push(...tasks),
      });
      const ended: number[] = [];
      for (const timeoutMs of [1, 2, 3]) {
        stage.submit(notifier, Operation.timer, -1, {
          timeoutMs,
          onComplete: () => ended.push(timeoutMs),
        });
      }
      while (kept.length < 3) notifier.poll(1_000);
      for (const task of kept.toReversed()) {
        task.run();
        task.run();
      }
      await turn();
      for (const task of kept) task.run();
      assert.deepEqual(ended, [3, 2, 1]);
    });

    test("does not make way for a poll inside it", async (stage) => {
      const codes: string[] = [];
      const notifier = await stage.open({
        drive: "manual",
        dispatch: (tasks) => {
          codes.push(thrownBy(() => notifier.poll(0)).code);
          for (const task of tasks) task.run();
        },
      });
      const timer = stage.submit(notifier, Operation.timer, -1, { timeoutMs: 1 });
      notifier.poll(-1);
      assert.equal(outcome(await timer.done), "ok 0");
      assert.deepEqual(codes, ["PIKE_STATE"]);
    });

    test("is used by an attached notifier too, and by no result given at once", async (stage) => {
      let dispatched = 0;
      const notifier = await stage.open({
        dispatch: (tasks) => {
          dispatched += tasks.length;
          for (const task of tasks) task.run();
        },
      });
      const { listener, address } = stage.listen("ipv4", notifier);
      const client = stage.socket("ipv4", "stream", notifier);
      const accept = stage.submit(notifier, Operation.accept, listener);
      const connect = stage.submit(notifier, Operation.connect, client, { address });
      await Promise.all([accept.done, connect.done]);
      const write = stage.writeAll(notifier, client, pattern(5));
      await write.done;
      await stage.readFully(notifier, accept.accepted, 5);
      assert.equal(dispatched, notifier.counters.completions);
    });
  });
}
