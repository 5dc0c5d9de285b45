/** Cases for giving a request up: it completes once, and nothing that was moved is lost. */
import assert from "node:assert/strict";
import { Code, Operation, READABLE } from "@pike-io/notifier";
import { assertCode, outcome, type Probe } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, MORE_THAN_FITS, pattern, type Stage, turn } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];

/** How often a race is run: often enough that each side wins many times. */
const RACES = 3_000;

/** Cancellation by hand. */
export function cancelCases(suite: Suite): void {
  suite.group("a request given up", [...needs, "ipv4"], (test) => {
    test(
      "completes once with PIKE_ABORTED, whatever it waits for",
      async (stage) => {
        const { near } = stage;
        const { server, listener } = await stage.pair();
        const udp = stage.datagram();
        const probes = [
          stage.read(near, server, new Uint8Array(1)),
          stage.submit(near, Operation.read, server, { size: 100 }),
          stage.submit(near, Operation.wait, server, { flags: READABLE }),
          stage.submit(near, Operation.accept, listener),
          stage.submit(near, Operation.recvFrom, udp, { buffer: new Uint8Array(1) }),
          stage.submit(near, Operation.timer, -1, { timeoutMs: 0x7fff_ffff }),
        ];
        for (const probe of probes) probe.cancel(near);
        for (const probe of probes) assertCode(await probe.done, "PIKE_ABORTED");
        assert.equal(near.counters.pending, 0);
        assert.equal(near.handleCounters(server).readQueue, 0);
      },
      ["wait", "recvFrom", "timer"],
    );

    test("twice, or after it has completed, is given up without effect", async (stage) => {
      const { server, client } = await stage.pair();
      const probe = stage.read(stage.near, server, new Uint8Array(4));
      probe.cancel(stage.near).cancel(stage.near);
      assertCode(await probe.done, "PIKE_ABORTED");
      probe.cancel(stage.near);
      const later = stage.read(stage.near, server, new Uint8Array(4));
      probe.cancel(stage.near);
      await turn();
      await stage.writeAll(stage.far, client, pattern(4)).done;
      assert.ok((await later.done) > 0, "another's request was not given up instead");
      later.cancel(stage.near);
    });

    test("that waits to read leaves the bytes to the next reader", async (stage) => {
      const { server, client } = await stage.pair();
      const first = stage.read(stage.near, server, new Uint8Array(100));
      const second = stage.read(stage.near, server, new Uint8Array(100));
      first.cancel(stage.near);
      await stage.writeAll(stage.far, client, pattern(50)).done;
      assertCode(await first.done, "PIKE_ABORTED");
      const count = await second.done;
      assert.ok(count > 0, outcome(count));
      assertBytes((second.buffer as Uint8Array).subarray(0, count), pattern(50).subarray(0, count));
    });

    test(
      "that writes says how far it came, and its peer has just that",
      async (stage) => {
        const { server, client } = await stage.pair();
        const write = await stage.stuff(stage.far, client);
        write.cancel(stage.far);
        assertCode(await write.done, "PIKE_ABORTED");
        stage.far.shutdown(client, "write");
        const found = await stage.readFully(stage.near, server, MORE_THAN_FITS);
        assert.equal(found.length, write.transferred);
      },
      ["shutdown"],
    );

    test("that connects leaves a socket that can be closed", async (stage) => {
      const { address } = stage.listen();
      const client = stage.socket();
      const connecting = stage.submit(stage.far, Operation.connect, client, { address });
      connecting.cancel(stage.far);
      const found = outcome(await connecting.done);
      assert.ok(found === "ok 0" || found === "PIKE_ABORTED", found);
      await stage.close(stage.far, client);
    });
  });
}

/** Cancellation in races with completion. */
export function cancelRaceCases(suite: Suite): void {
  suite.group("giving up in a race with completion", [...needs, "ipv4"], (test) => {
    test(
      "of a read loses and doubles no byte",
      async (stage) => {
        const { server, client } = await stage.pair();
        const found: number[] = [];
        const outcomes = new Set<string>();
        for (let i = 0; i < RACES; i++) {
          const buffer = new Uint8Array(1);
          const read = stage.read(stage.near, server, buffer);
          const write = stage.writeAll(stage.far, client, Uint8Array.of(i & 255));
          await pause(i);
          read.cancel(stage.near);
          const result = await read.done;
          outcomes.add(result < 0 ? outcome(result) : "read");
          if (result > 0) found.push(buffer[0] as number);
          await write.done;
        }
        stage.far.shutdown(client, "write");
        const rest = await stage.readFully(stage.near, server, RACES);
        const all = Uint8Array.from([...found, ...rest]);
        assertBytes(
          all,
          Uint8Array.from({ length: RACES }, (_, i) => i & 255),
        );
        for (const one of outcomes) assert.ok(one === "read" || one === "PIKE_ABORTED", one);
      },
      ["shutdown"],
    );

    test("of an accept loses no connection", async (stage) => {
      const { listener, address } = stage.listen("ipv4", stage.near, 256);
      let taken = 0;
      const count = 120;
      for (let i = 0; i < count; i++) {
        const accept = stage.submit(stage.near, Operation.accept, listener);
        const client = stage.socket();
        const connect = stage.submit(stage.far, Operation.connect, client, { address });
        await pause(i);
        accept.cancel(stage.near);
        assert.equal(outcome(await connect.done), "ok 0");
        if ((await accept.done) >= 0) taken++;
        else assertCode(await accept.done, "PIKE_ABORTED");
      }
      while (taken < count) {
        assert.ok((await stage.submit(stage.near, Operation.accept, listener).done) >= 0);
        taken++;
      }
    });

    test(
      "of a datagram's receipt loses no datagram",
      async (stage) => {
        const server = stage.datagram();
        const client = stage.datagram("ipv4", "far");
        const address = stage.near.localAddress(server);
        let taken = 0;
        for (let i = 0; i < RACES; i++) {
          const buffer = new Uint8Array(1);
          const receive = stage.submit(stage.near, Operation.recvFrom, server, { buffer });
          const send = stage.submit(stage.far, Operation.sendTo, client, {
            buffer: Uint8Array.of(i & 255),
            address,
          });
          await pause(i);
          receive.cancel(stage.near);
          assert.equal(await send.done, 1);
          if ((await receive.done) < 0) await takeOne(stage, server, buffer);
          assert.equal(buffer[0], i & 255);
          taken++;
        }
        assert.equal(taken, RACES);
      },
      ["recvFrom", "sendTo"],
    );

    test(
      "of timers, ten thousand of them, leaves none behind",
      async (stage) => {
        const { near } = stage;
        const timers: Probe[] = [];
        for (let i = 0; i < 10_000; i++) {
          timers.push(stage.submit(near, Operation.timer, -1, { timeoutMs: i % 3 }));
          if (i % 7 === 0) timers[(i * 7_919) % timers.length]?.cancel(near);
          if (i % 500 === 0) await turn();
        }
        for (const { done } of timers) {
          const result = await done;
          assert.ok(result === 0 || result === -Code.PIKE_ABORTED, outcome(result));
        }
        assert.equal(near.counters.pending, 0);
      },
      ["timer"],
    );
  });
}

async function takeOne(stage: Stage, handle: number, buffer: Uint8Array): Promise<void> {
  assert.equal(await stage.submit(stage.near, Operation.recvFrom, handle, { buffer }).done, 1);
}

/** Lets a little happen, differently each time. */
async function pause(round: number): Promise<void> {
  for (let i = round % 4; i > 1; i--) await turn();
  if (round % 4 === 1) await null;
}
