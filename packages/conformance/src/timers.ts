/** Cases for timers and deadlines: all served by the notifier, none losing what was moved. */
import assert from "node:assert/strict";
import { Operation, READABLE } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, MORE_THAN_FITS, pattern } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];
const FOR_EVER = 0x7fff_ffff;
const RACES = 1_000;

/** Held up for so long between submissions, a program may well see timers 10 ms apart swapped. */
const HELD_UP_MS = 7;

/** Timers by themselves, and deadlines of requests. */
export function timerCases(suite: Suite): void {
  suite.group("timers", ["timer"], (test) => {
    test("complete with 0, in the order of their deadlines", async (stage) => {
      for (let isHeldUp = true; isHeldUp; ) {
        const ended: number[] = [];
        const fromMs = performance.now();
        const all = [60, 20, 40, 10, 50, 30].map((timeoutMs) =>
          stage.submit(stage.near, Operation.timer, -1, {
            timeoutMs,
            onComplete: () => ended.push(timeoutMs),
          }),
        );
        isHeldUp = performance.now() - fromMs > HELD_UP_MS;
        for (const { done } of all) assert.equal(outcome(await done), "ok 0");
        if (!isHeldUp) assert.deepEqual(ended, [10, 20, 30, 40, 50, 60]);
      }
    });

    test("of no time complete too", async (stage) => {
      const timer = stage.submit(stage.near, Operation.timer, -1, { timeoutMs: 0 });
      assert.equal(outcome(await timer.done), "ok 0");
    });

    test("of the longest time do not end early, and can be given up", async (stage) => {
      const long = stage.submit(stage.near, Operation.timer, -1, { timeoutMs: FOR_EVER });
      const short = stage.submit(stage.near, Operation.timer, -1, { timeoutMs: 2 });
      assert.equal(outcome(await short.done), "ok 0");
      assert.equal(long.completions, 0);
      long.cancel(stage.near);
      assertCode(await long.done, "PIKE_ABORTED");
    });

    test("end with PIKE_CLOSED when the notifier closes", async (stage) => {
      const notifier = await stage.open();
      const timer = stage.submit(notifier, Operation.timer, -1, { timeoutMs: FOR_EVER });
      await notifier.close();
      assertCode(await timer.done, "PIKE_CLOSED");
    });
  });

  suite.group("a deadline", [...needs, "ipv4"], (test) => {
    test(
      "that passes ends a request with PIKE_TIMEOUT, and the handle lives on",
      async (stage) => {
        const { near, far } = stage;
        const { server, client, listener } = await stage.pair();
        const udp = stage.datagram();
        const probes = [
          stage.read(near, server, new Uint8Array(1), 1),
          stage.submit(near, Operation.wait, server, { flags: READABLE, timeoutMs: 2 }),
          stage.submit(near, Operation.accept, listener, { timeoutMs: 3 }),
          stage.submit(near, Operation.recvFrom, udp, { buffer: new Uint8Array(1), timeoutMs: 4 }),
        ];
        for (const { done } of probes) assertCode(await done, "PIKE_TIMEOUT");
        await stage.writeAll(far, client, pattern(7)).done;
        assertBytes(await stage.readFully(near, server, 7), pattern(7));
        assert.ok((await stage.join(listener, near.localAddress(listener))).server >= 0);
      },
      ["wait", "recvFrom"],
    );

    test(
      "of 0 takes what is there, and does not wait",
      async (stage) => {
        const { near, far } = stage;
        const { server, client } = await stage.pair();
        assertCode(await stage.read(near, server, new Uint8Array(4), 0).done, "PIKE_TIMEOUT");
        await stage.writeAll(far, client, pattern(4)).done;
        await stage.submit(near, Operation.wait, server, { flags: READABLE }).done;
        assert.ok((await stage.read(near, server, new Uint8Array(4), 0).done) > 0);
      },
      ["wait"],
    );

    test("not reached changes nothing", async (stage) => {
      const { server, client } = await stage.pair();
      const read = stage.read(stage.near, server, new Uint8Array(4), FOR_EVER);
      await stage.writeAll(stage.far, client, pattern(4), FOR_EVER).done;
      assert.ok((await read.done) > 0);
    });

    test(
      "of a write says how far it came, and its peer has just that",
      async (stage) => {
        const { near, far } = stage;
        const { server, client } = await stage.pair();
        const write = stage.writeAll(far, client, new Uint8Array(MORE_THAN_FITS), 5);
        assertCode(await write.done, "PIKE_TIMEOUT");
        assert.ok(write.transferred > 0 && write.transferred < MORE_THAN_FITS);
        far.shutdown(client, "write");
        const found = await stage.readFully(near, server, MORE_THAN_FITS);
        assert.equal(found.length, write.transferred);
      },
      ["shutdown"],
    );

    test("of one reader does not touch those before and after it", async (stage) => {
      const { server, client } = await stage.pair();
      const buffers = [1, 1, 1].map((size) => new Uint8Array(size));
      const [first, second, third] = buffers.map((buffer, index) =>
        stage.read(stage.near, server, buffer, index === 1 ? 1 : -1),
      );
      assertCode((await second?.done) as number, "PIKE_TIMEOUT");
      assert.equal(first?.completions, 0);
      await stage.writeAll(stage.far, client, Uint8Array.of(5, 6)).done;
      assert.equal(await first?.done, 1);
      assert.equal(await third?.done, 1);
      assert.deepEqual([buffers[0]?.[0], buffers[2]?.[0]], [5, 6]);
    });

    test(
      "racing with completion loses and doubles no byte",
      async (stage) => {
        const { near, far } = stage;
        const { server, client } = await stage.pair();
        const found: number[] = [];
        for (let i = 0; i < RACES; i++) {
          const buffer = new Uint8Array(1);
          const read = stage.read(near, server, buffer, 1);
          if (i % 2 === 1) await stage.submit(near, Operation.timer, -1, { timeoutMs: 1 }).done;
          const write = stage.writeAll(far, client, Uint8Array.of(i & 255));
          const result = await read.done;
          if (result > 0) found.push(buffer[0] as number);
          else assertCode(result, "PIKE_TIMEOUT");
          await write.done;
        }
        far.shutdown(client, "write");
        const rest = await stage.readFully(near, server, RACES);
        const all = Uint8Array.from([...found, ...rest]);
        assertBytes(
          all,
          Uint8Array.from({ length: RACES }, (_, i) => i & 255),
        );
      },
      ["shutdown", "timer"],
    );
  });
}
