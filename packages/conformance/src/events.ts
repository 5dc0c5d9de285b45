/** Cases for events: posts add up until somebody takes them, and a poster can go stale unharmed. */
import assert from "node:assert/strict";
import { type EventMode, Operation, type SignalInfo } from "@pike-io/notifier";
import { assertCode, outcome, type Probe } from "./probe.js";
import type { Suite } from "./runner.js";
import { type Stage, turn } from "./stage.js";

const needs = ["openEvent", "event", "poster", "post", "close"];

/** Waiting, posting, modes, and the life of posters. */
export function eventCases(suite: Suite): void {
  suite.group("events", needs, (test) => {
    test("wake whoever waits, not only their poster, one after another", async (stage) => {
      const { near } = stage;
      const event = near.openEvent("semaphore");
      const ended: number[] = [];
      const waits = [0, 1, 2].map((index) =>
        stage.submit(near, Operation.event, event, { onComplete: () => ended.push(index) }),
      );
      await turn();
      assert.deepEqual(ended, []);
      for (let i = 0; i < 3; i++) near.post(near.poster(event), 1);
      for (const { done } of waits) assert.equal(outcome(await done), "ok 1");
      assert.deepEqual(ended, [0, 1, 2]);
    });

    test("keep posts for a wait that comes later, added up by their mode", async (stage) => {
      const expected: readonly (readonly [EventMode, readonly string[]])[] = [
        ["coalescing", ["ok 1", "PIKE_TIMEOUT"]],
        ["counting", ["ok 7", "PIKE_TIMEOUT"]],
        ["semaphore", [...new Array<string>(7).fill("ok 1"), "PIKE_TIMEOUT"]],
      ];
      for (const [mode, outcomes] of expected) {
        const event = stage.near.openEvent(mode);
        stage.near.post(stage.near.poster(event), 3);
        stage.near.post(stage.near.poster(event), 4);
        for (const one of outcomes) {
          assert.equal(outcome(await wait(stage, event, 5).done), one, mode);
        }
      }
    });

    test("count every post of a flood", async (stage) => {
      const { near } = stage;
      const event = near.openEvent("counting");
      const poster = near.poster(event);
      let taken = 0;
      for (let posted = 0; posted < 20_000; posted++) {
        near.post(poster, 1);
        if (posted % 1_000 === 999) taken += await wait(stage, event).done;
      }
      while (taken < 20_000) taken += await wait(stage, event).done;
      assert.equal(taken, 20_000);
      assertCode(await wait(stage, event, 1).done, "PIKE_TIMEOUT");
    });

    test("take the largest count of one post", async (stage) => {
      const event = stage.near.openEvent("counting");
      stage.near.post(stage.near.poster(event), 0xffff_ffff);
      assert.equal(await wait(stage, event).done, 0xffff_ffff);
    });

    test("lose no post to a wait that is given up", async (stage) => {
      const { near } = stage;
      const event = near.openEvent("counting");
      let taken = 0;
      for (let i = 0; i < 1_000; i++) {
        const probe = wait(stage, event);
        near.post(near.poster(event), 1);
        if (i % 3 === 1) await turn();
        probe.cancel(near);
        const result = await probe.done;
        if (result > 0) taken += result;
        else assertCode(result, "PIKE_ABORTED");
      }
      if (taken < 1_000) taken += await wait(stage, event).done;
      assert.equal(taken, 1_000);
    });

    test("refuse a stale poster and touch nothing, also when the slot is used again", async (stage) => {
      const { near } = stage;
      const event = near.openEvent("counting");
      const poster = structuredClone(near.poster(event));
      const waiting = wait(stage, event);
      await stage.close(near, event);
      assertCode(await waiting.done, "PIKE_CLOSED");
      for (let i = 0; i < 20; i++) {
        const other = near.openEvent("counting");
        assert.throws(() => near.post(poster, 1), { code: "PIKE_CLOSED" });
        assertCode(await wait(stage, other, 0).done, "PIKE_TIMEOUT");
        if (i % 2 === 0) await stage.close(near, other);
      }
    });

    test("can be posted to through another notifier of the same program", async (stage) => {
      const event = stage.near.openEvent("coalescing");
      const other = await stage.open();
      const waiting = wait(stage, event);
      other.post(stage.near.poster(event), 1);
      assert.equal(await waiting.done, 1);
    });
  });
}

/** Cases for signals, where the set-up can raise one. */
export function signalCases(suite: Suite): void {
  suite.group("signals", ["openSignal", "signal", "raise", "close"], (test) => {
    test("come to who waits for them, by name, with their sender", async (stage) => {
      const { near } = stage;
      const handle = near.openSignal(["SIGUSR2", "SIGWINCH"]);
      for (const name of ["SIGWINCH", "SIGUSR2"]) {
        const probe = stage.submit(near, Operation.signal, handle);
        raise(stage, name);
        assert.ok((await probe.done) >= 0, outcome(await probe.done));
        assert.equal(probe.signal?.name, name);
        assert.ok((probe.signal?.number ?? 0) > 0);
        const { pid } = probe.signal as SignalInfo;
        assert.ok(pid === null || pid >= 0); // null where the system does not tell
      }
    });

    test("come to every waiter of their own, once each", async (stage) => {
      const { near } = stage;
      const handles = [near.openSignal(["SIGUSR2"]), near.openSignal(["SIGUSR2", "SIGWINCH"])];
      const probes = handles.map((handle) => stage.submit(near, Operation.signal, handle));
      raise(stage, "SIGUSR2");
      for (const probe of probes) {
        await probe.done;
        assert.equal(probe.signal?.name, "SIGUSR2");
      }
      const extra = stage.submit(near, Operation.signal, handles[0] as number, { timeoutMs: 5 });
      assertCode(await extra.done, "PIKE_TIMEOUT");
    });

    test("that nobody can wait for are refused", async (stage) => {
      for (const name of ["SIGKILL", "SIGSTOP", "SIGSEGV", "SIGNOTHING"]) {
        assert.throws(() => stage.near.openSignal([name]), {
          code: /^(EINVAL|PIKE_RANGE|PIKE_TYPE)$/,
        });
      }
    });

    test("end a wait with PIKE_CLOSED when their handle closes", async (stage) => {
      const handle = stage.near.openSignal(["SIGUSR2"]);
      const probe = stage.submit(stage.near, Operation.signal, handle);
      await stage.close(stage.near, handle);
      assertCode(await probe.done, "PIKE_CLOSED");
    });
  });
}

function wait(stage: Stage, event: number, timeoutMs = -1): Probe {
  return stage.submit(stage.near, Operation.event, event, { timeoutMs });
}

function raise(stage: Stage, name: string): void {
  stage.setup.raise?.(stage.near, name);
}
