/** Cases for the layers of events and signals: what waits, posts and iterates. */
import assert from "node:assert/strict";
import { Event } from "@pike-io/event";
import type { PikeError } from "@pike-io/notifier";
import type { Suite } from "./runner.js";
import { rejected } from "./sockets.js";

/** Events by their class. */
export function eventLayerCases(suite: Suite): void {
  suite.group("Event", ["openEvent", "event", "poster", "post", "close"], (test) => {
    test("is waited for by several, and posted to by data that was cloned", async (stage) => {
      const event = Event.open(stage.near, { mode: "semaphore" });
      const waits = [event.wait(), event.wait(), event.wait()];
      Event.post(await stage.open(), structuredClone(event.poster()), 2);
      event.post();
      assert.deepEqual(await Promise.all(waits), [1, 1, 1]);
    });

    test("is iterated over until it closes, and then refuses everybody", async (stage) => {
      const event = Event.open(stage.near, { mode: "counting" });
      const poster = event.poster();
      event.post(5);
      const counts: number[] = [];
      for await (const count of event) {
        counts.push(count);
        if (counts.length === 1) event.post(2);
        else break;
      }
      assert.deepEqual(counts, [5, 2]);
      const pending = rejected(event.wait());
      await event.close();
      assert.equal((await pending).code, "PIKE_CLOSED");
      assert.equal((await rejected(event.wait())).code, "PIKE_CLOSED");
      assert.throws(() => event.post(), { code: "PIKE_CLOSED" });
      assert.throws(() => Event.post(stage.near, poster), { code: "PIKE_CLOSED" });
    });

    test("lets one wait be given up, and keeps the post for the next", async (stage) => {
      const event = Event.open(stage.near, { mode: "counting" });
      const controller = new AbortController();
      const aborted = event.wait({ signal: controller.signal }).catch((e: PikeError) => e.code);
      controller.abort();
      assert.equal(await aborted, "PIKE_ABORTED");
      assert.equal((await rejected(event.wait({ timeoutMs: 1 }))).code, "PIKE_TIMEOUT");
      event.post(4);
      assert.equal(await event.wait(), 4);
    });

    test("refuses wrong modes, counts and posters before anything happens", async (stage) => {
      const { near } = stage;
      for (const options of [null, 1, { mode: "many" }, { mode: 1 }]) {
        assert.throws(() => Event.open(near, options as never), { code: "PIKE_TYPE" });
      }
      const event = Event.open(near, { mode: "counting" });
      for (const count of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
        assert.throws(() => event.post(count), { code: "PIKE_RANGE" });
      }
      for (const poster of [null, 1, {}, { slot: "1", generation: 1 }]) {
        assert.throws(() => Event.post(near, poster as never), { code: "PIKE_TYPE" });
      }
      const invented = { slot: 123_456, generation: 99 };
      assert.throws(() => Event.post(near, invented), { code: "PIKE_CLOSED" });
    });
  });
}
