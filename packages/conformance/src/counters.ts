/** Cases for counters: they count what happened, and nothing is left in the queues. */
import assert from "node:assert/strict";
import type { Suite } from "./runner.js";
import { pattern, turn } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Counters of notifiers and handles. */
export function counterCases(suite: Suite): void {
  suite.group("counters", [...needs, "ipv4"], (test) => {
    test("of a notifier count operations, completions and bytes", async (stage) => {
      const { near, far } = stage;
      const { server, client } = await stage.pair();
      const before = { ...near.counters };
      const farBefore = { ...far.counters };
      const read = stage.read(near, server, new Uint8Array(100));
      assert.equal(read.atOnce, false);
      assert.equal(near.counters.operations, before.operations + 1);
      assert.equal(near.counters.pending, before.pending + 1);
      await stage.writeAll(far, client, pattern(100)).done;
      const first = await read.done;
      const rest = await stage.readFully(near, server, 100 - first);
      assert.equal(first + rest.length, 100);
      const { counters } = near;
      assert.equal(counters.bytesRead - before.bytesRead, 100);
      assert.equal(far.counters.bytesWritten - farBefore.bytesWritten, 100);
      assert.ok(counters.completions > before.completions);
      assert.ok(counters.batches > before.batches);
      assert.equal(counters.pending, before.pending);
    });

    test("of a handle are its own, with the depth of its queues", async (stage) => {
      const { near, far } = stage;
      const { server, client, listener } = await stage.pair();
      const reads = [1, 2, 3].map(() => stage.read(near, server, new Uint8Array(10)));
      assert.equal(near.handleCounters(server).readQueue, 3);
      assert.equal(near.handleCounters(server).operations, 3);
      const write = await stage.stuff(near, server);
      assert.equal(near.handleCounters(server).writeQueue, 1);
      assert.ok(near.handleCounters(server).bytesWritten > 0);
      reads[1]?.cancel(near);
      await reads[1]?.done;
      assert.equal(near.handleCounters(server).readQueue, 2);
      await stage.writeAll(far, client, pattern(20)).done;
      let count = (await reads[0]?.done) as number;
      count += (await reads[2]?.done) as number;
      assert.equal(near.handleCounters(server).bytesRead, count);
      assert.equal(near.handleCounters(server).readQueue, 0);
      assert.equal(near.handleCounters(listener).bytesRead, 0);
      write.cancel(near);
      await write.done;
      assert.equal(near.handleCounters(server).writeQueue, 0);
    });

    test("stand still while a reader waits: nobody polls in circles", async (stage) => {
      const { near, far } = stage;
      const { server, client } = await stage.pair();
      const read = stage.read(near, server, new Uint8Array(1));
      await turn();
      await turn();
      const before = { ...near.counters };
      for (let i = 0; i < 200; i++) await turn();
      const { wouldBlocks, completions, batches } = near.counters;
      assert.equal(completions, before.completions);
      assert.equal(wouldBlocks, before.wouldBlocks);
      assert.equal(batches, before.batches);
      await stage.writeAll(far, client, pattern(1)).done;
      assert.equal(await read.done, 1);
    });

    test("show that completions come together: one wake-up is one batch", async (stage) => {
      const { near, far } = stage;
      const { server, client } = await stage.pair();
      const reads = Array.from({ length: 50 }, () => stage.read(near, server, new Uint8Array(1)));
      const before = { ...near.counters };
      await stage.writeAll(far, client, pattern(50)).done;
      for (const { done } of reads) assert.equal(await done, 1);
      const { completions, batches } = near.counters;
      assert.ok(completions - before.completions >= 50);
      assert.ok(batches - before.batches <= 25, `${batches - before.batches} batches for 50 reads`);
    });
  });
}
