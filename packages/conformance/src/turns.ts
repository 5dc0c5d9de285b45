/** Cases for turns: no handle keeps the others, or the runtime, from theirs. */
import assert from "node:assert/strict";
import { type HandleId, Operation, READABLE, WRITABLE } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { pattern, type Stage, turn } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** Immediate results and readiness. */
export function turnCases(suite: Suite): void {
  suite.group("fairness", [...needs, "wait", "ipv4"], (test) => {
    for (const immediate of [1, 4, 16]) {
      test(`gives at most ${immediate} results at once per handle and turn, when told so`, async (stage) => {
        const notifier = await stage.open({ limits: { immediate } });
        const { listener, address } = stage.listen("ipv4", notifier);
        const client = stage.socket("ipv4", "stream", notifier);
        const accept = stage.submit(notifier, Operation.accept, listener);
        await stage.submit(notifier, Operation.connect, client, { address }).done;
        await accept.done;
        const server = accept.accepted;
        await stage.writeAll(notifier, client, pattern(200)).done;
        for (let round = 0; round < 3; round++) {
          await stage.submit(notifier, Operation.wait, server, { flags: READABLE }).done;
          await turn();
          const reads = [];
          while (reads.at(-1)?.atOnce ?? true) {
            reads.push(stage.read(notifier, server, new Uint8Array(1)));
            assert.ok(reads.length <= immediate + 1, `${reads.length} results at once`);
          }
          for (const { done } of reads) assert.equal(outcome(await done), "ok 1");
        }
      });
    }

    test("a timer of the runtime fires while a read loop is always satisfied", async (stage) => {
      await satisfiedLoop(stage, (stop) => setTimeout(stop, 1));
    });

    test("another handle is served while a read loop is always satisfied", async (stage) => {
      const other = await stage.pair();
      await satisfiedLoop(stage, (stop) => {
        const read = stage.read(stage.near, other.server, new Uint8Array(1));
        void read.done.then(stop);
        stage.writeAll(stage.far, other.client, pattern(1));
      });
    });
  });

  suite.group("waiting for readiness", [...needs, "wait", "ipv4"], (test) => {
    test("to read lasts until bytes are there, and moves none", async (stage) => {
      const { near, far } = stage;
      const { server, client } = await stage.pair();
      const waits = [1, 2].map(() =>
        stage.submit(near, Operation.wait, server, { flags: READABLE }),
      );
      await turn();
      assert.deepEqual(
        waits.map(({ completions, atOnce }) => [completions, atOnce]),
        [
          [0, false],
          [0, false],
        ],
      );
      await stage.writeAll(far, client, pattern(5)).done;
      for (const { done } of waits) assert.equal((await done) & READABLE, READABLE);
      const again = stage.submit(near, Operation.wait, server, { flags: READABLE });
      assert.equal((await again.done) & READABLE, READABLE);
      assert.equal((await stage.readFully(near, server, 5)).length, 5);
      const later = stage.submit(near, Operation.wait, server, { flags: READABLE, timeoutMs: 3 });
      assertCode(await later.done, "PIKE_TIMEOUT");
    });

    test("to write is over at once where there is room, and lasts where there is none", async (stage) => {
      const { near } = stage;
      const { server, client } = await stage.pair();
      const room = stage.submit(near, Operation.wait, server, { flags: WRITABLE });
      assert.equal((await room.done) & WRITABLE, WRITABLE);
      const stuck = await stage.stuff(near, server);
      const both = stage.submit(near, Operation.wait, server, { flags: READABLE | WRITABLE });
      await stage.writeAll(stage.far, client, pattern(1)).done;
      assert.equal((await both.done) & READABLE, READABLE);
      assert.equal(stuck.completions, 0);
    });

    test("ends when the peer closes, in both directions", async (stage) => {
      const { near } = stage;
      const { server, client } = await stage.pair();
      const wait = stage.submit(near, Operation.wait, server, { flags: READABLE });
      await stage.close(stage.far, client);
      assert.equal((await wait.done) & READABLE, READABLE);
      const write = stage.submit(near, Operation.wait, server, { flags: WRITABLE });
      assert.equal((await write.done) & WRITABLE, WRITABLE);
    });
  });
}

/** The most reads that a loop may get in before something else has its turn. */
const READS_MAX = 200_000;

/** Reads from a peer that always has more, until `begin`'s callback comes: it has to come. */
async function satisfiedLoop(stage: Stage, begin: (stop: () => void) => unknown): Promise<void> {
  const { server, client } = await stage.pair();
  let stopped = false;
  const block = pattern(4_096);
  await stage.writeAll(stage.far, client, block).done;
  begin(() => {
    stopped = true;
  });
  const byte = new Uint8Array(1);
  let reads = 0;
  while (!stopped) {
    assert.ok(reads < READS_MAX, "nothing else had a turn");
    await one(stage, server, byte);
    reads++;
    if (reads % 2_048 === 0) await stage.writeAll(stage.far, client, block.subarray(2_048)).done;
  }
}

async function one(stage: Stage, handle: HandleId, buffer: Uint8Array): Promise<void> {
  assert.equal(outcome(await stage.read(stage.near, handle, buffer).done), "ok 1");
}
