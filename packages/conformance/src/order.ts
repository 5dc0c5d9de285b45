/** Cases for several requests on one handle: they are served in the order in which they came. */
import assert from "node:assert/strict";
import { Code, Operation } from "@pike-io/notifier";
import { assertCode, outcome, type Probe } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, MORE_THAN_FITS, pattern } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Two readers, two writers, and what giving one up does to the others. */
export function orderCases(suite: Suite): void {
  suite.group("several requests on one handle", [...needs, "ipv4"], (test) => {
    test("readers are served in the order they came", async (stage) => {
      const { server, client } = await stage.pair();
      const buffers = [3, 5, 2, 6].map((size) => new Uint8Array(size));
      const ended: number[] = [];
      const reads = buffers.map((buffer, index) =>
        stage.submit(stage.near, Operation.read, server, {
          buffer,
          onComplete: () => ended.push(index),
        }),
      );
      const bytes = pattern(64);
      await stage.writeAll(stage.far, client, bytes).done;
      const counts = await Promise.all(reads.map(({ done }) => done));
      assert.deepEqual(ended, [0, 1, 2, 3]);
      let from = 0;
      for (const [index, count] of counts.entries()) {
        assert.ok(count > 0, outcome(count));
        const part = (buffers[index] as Uint8Array).subarray(0, count);
        assertBytes(part, bytes.subarray(from, from + count), `reader ${index}`);
        from += count;
      }
    });

    test("a reader that comes while others wait does not overtake them", async (stage) => {
      const { server, client } = await stage.pair();
      const first = stage.read(stage.near, server, new Uint8Array(1));
      const second = stage.read(stage.near, server, new Uint8Array(1));
      await stage.writeAll(stage.far, client, Uint8Array.of(1, 2, 3)).done;
      const third = stage.read(stage.near, server, new Uint8Array(1));
      await Promise.all([first.done, second.done, third.done]);
      const values = [first, second, third].map(({ buffer }) => (buffer as Uint8Array)[0]);
      assert.deepEqual(values, [1, 2, 3]);
    });

    test("writers are served in order, and no byte of one comes inside another's", async (stage) => {
      const { server, client } = await stage.pair();
      const parts = [1, 2, 3].map((seed) => pattern(1_500_000, seed));
      const ended: number[] = [];
      const writes: Probe[] = parts.map((buffer, index) =>
        stage.submit(stage.far, Operation.write, client, {
          buffer,
          flags: 1,
          onComplete: () => ended.push(index),
        }),
      );
      for (const part of parts) {
        assertBytes(await stage.readFully(stage.near, server, part.length), part);
      }
      assert.deepEqual(
        await Promise.all(writes.map(({ done }) => done)),
        [1_500_000, 1_500_000, 1_500_000],
      );
      assert.deepEqual(ended, [0, 1, 2]);
    });

    test("a writer given up before its turn leaves no byte, one begun leaves a prefix", async (stage) => {
      const { server, client } = await stage.pair();
      const begun = await stage.stuff(stage.far, client);
      const waiting = stage.writeAll(stage.far, client, new Uint8Array(1_000).fill(1));
      const last = stage.writeAll(stage.far, client, new Uint8Array(1_000).fill(2));
      waiting.cancel(stage.far);
      assertCode(await waiting.done, "PIKE_ABORTED");
      assert.equal(waiting.transferred, 0);
      begun.cancel(stage.far);
      assertCode(await begun.done, "PIKE_ABORTED");
      const { transferred } = begun;
      assert.ok(transferred > 0 && transferred < MORE_THAN_FITS, `transferred ${transferred}`);
      const all = await stage.readFully(stage.near, server, transferred + 1_000);
      assert.equal(await last.done, 1_000);
      assert.ok(all.subarray(0, transferred).every((byte) => byte === 0));
      assert.ok(all.subarray(transferred).every((byte) => byte === 2));
    });

    test("reading and writing do not wait for each other", async (stage) => {
      const { server, client } = await stage.pair();
      const stuck = await stage.stuff(stage.near, server);
      const reading = stage.read(stage.near, server, new Uint8Array(5));
      await stage.writeAll(stage.far, client, pattern(5)).done;
      assert.ok((await reading.done) > 0);
      assert.equal(stuck.completions, 0);
    });

    test("two accepts take two connections, in order", async (stage) => {
      const { listener, address } = stage.listen();
      const ended: number[] = [];
      const accepts = [0, 1].map((index) =>
        stage.submit(stage.near, Operation.accept, listener, {
          onComplete: () => ended.push(index),
        }),
      );
      for (let i = 0; i < 2; i++) {
        const client = stage.socket();
        assert.equal(await stage.submit(stage.far, Operation.connect, client, { address }).done, 0);
      }
      for (const { done } of accepts) assert.ok((await done) >= 0);
      assert.deepEqual(ended, [0, 1]);
      assert.notEqual(accepts[0]?.accepted, accepts[1]?.accepted);
    });
  });

  suite.group("the bound of a queue", [...needs, "ipv4"], (test) => {
    test("one more than limits.queue is refused at once, and the rest is served", async (stage) => {
      const notifier = await stage.open({ limits: { queue: 3 } });
      const { listener } = stage.listen("ipv4", notifier);
      const accepts = Array.from({ length: 3 }, () =>
        stage.submit(notifier, Operation.accept, listener),
      );
      assert.deepEqual(
        accepts.map(({ atOnce }) => atOnce),
        [false, false, false],
      );
      const refused = stage.submit(notifier, Operation.accept, listener);
      assert.equal(refused.atOnce, true);
      assertCode(await refused.done, "PIKE_QUEUE_FULL");
      accepts[1]?.cancel(notifier);
      await accepts[1]?.done;
      const again = stage.submit(notifier, Operation.accept, listener);
      assert.equal(again.atOnce, false, "room again");
      await stage.close(notifier, listener);
      assert.equal(await again.done, -Code.PIKE_CLOSED);
    });

    test("one more handle than limits.handles is refused, until one is closed", async (stage) => {
      const notifier = await stage.open({ limits: { handles: 4 } });
      const handles = Array.from({ length: 4 }, () => stage.socket("ipv4", "stream", notifier));
      assert.throws(() => stage.socket("ipv4", "stream", notifier), { code: "PIKE_LIMIT" });
      await stage.close(notifier, handles[2] as number);
      const other = stage.socket("ipv4", "stream", notifier);
      assert.ok(!handles.includes(other), "a used slot has a new generation");
      assert.equal(notifier.counters.handles, 4);
    });
  });
}
