/** Cases for many datagrams at once: lent memory, lists, pieces; and many connections at once. */
import assert from "node:assert/strict";
import {
  type HandleId,
  type Notifier,
  Operation,
  RUN_CUT,
  RUN_LENGTH,
  RUN_NUMBERS,
  RUN_OFFSET,
  RUN_SEGMENT,
} from "@pike-io/notifier";
import { assertCode, outcome, type Probe } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, pattern, type Stage } from "./stage.js";

/** One datagram out of a loan, copied. */
export interface Taken {
  readonly bytes: Uint8Array;
  readonly from: unknown;
  readonly cut: boolean;
}

/** What a completed `recvMany` was lent, datagram by datagram; gives the memory back. */
export function take(probe: Probe, runs: number): Taken[] {
  const { loan } = probe;
  assert.ok(loan, "a loan");
  assert.ok(runs >= 1, `runs: ${outcome(runs)}`);
  const taken: Taken[] = [];
  for (let run = 0; run < runs; run++) {
    const field = (which: number): number => loan.runs[run * RUN_NUMBERS + which] as number;
    const [start, length] = [field(RUN_OFFSET), field(RUN_LENGTH)];
    const segment = field(RUN_SEGMENT) || length;
    const from = loan.address(run);
    for (let at = 0; at === 0 || at < length; at += segment) {
      const end = Math.min(at + segment, length);
      const bytes = loan.data.slice(start + at, start + end);
      taken.push({ bytes, from, cut: end === length && field(RUN_CUT) === 1 });
      if (segment === 0) break;
    }
  }
  loan.release();
  return taken;
}

/** Receives batches until there are `count` datagrams. */
export async function gather(
  stage: Stage,
  notifier: Notifier,
  handle: HandleId,
  count: number,
  size = 65_536,
): Promise<Taken[]> {
  const taken: Taken[] = [];
  while (taken.length < count) {
    const probe = stage.submit(notifier, Operation.recvMany, handle, { size });
    taken.push(...take(probe, await probe.done));
  }
  assert.equal(taken.length, count, "datagrams");
  return taken;
}

async function sendOne(
  stage: Stage,
  client: HandleId,
  server: HandleId,
  buffer: Uint8Array,
): Promise<void> {
  const address = stage.near.localAddress(server);
  const probe = stage.submit(stage.far, Operation.sendTo, client, { buffer, address });
  assert.equal(outcome(await probe.done), `ok ${buffer.length}`);
}

/** Datagrams received many at once. */
export function receiveManyCases(suite: Suite, kind: "ipv4" | "ipv6"): void {
  const needs = ["openSocket", "bind", "recvMany", "recvFrom", "sendTo", "close", kind];
  suite.group(`datagrams received many at once over ${kind}`, needs, (test) => {
    test("come whole and in order, each with its sender", async (stage) => {
      const server = stage.datagram(kind);
      const clients = [stage.datagram(kind, "far"), stage.datagram(kind, "far")];
      const sizes = [1, 100, 100, 100, 40, 0, 0, 1_400, 1_400, 9_000, 3];
      for (const [i, size] of sizes.entries()) {
        await sendOne(stage, clients[i % 2] as HandleId, server, pattern(size, i + 1));
      }
      const taken = await gather(stage, stage.near, server, sizes.length);
      for (const client of clients) {
        const from = stage.far.localAddress(client);
        const own = taken.filter((one) => same(one.from, from));
        const expected = sizes.map((size, i) => pattern(size, i + 1));
        const sent = expected.filter((_, i) => clients[i % 2] === client);
        assert.equal(own.length, sent.length);
        for (const [i, one] of own.entries()) assertBytes(one.bytes, sent[i] as Uint8Array);
      }
      assert.ok(taken.every(({ cut }) => !cut));
    });

    test("are waited for when there is none", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const probe = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
      assert.equal(probe.atOnce, false);
      await sendOne(stage, client, server, pattern(5));
      const [one] = take(probe, await probe.done);
      assertBytes((one as Taken).bytes, pattern(5));
    });

    test("longer than was wanted say so, and the rest does not come later", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      for (const size of [99, 100, 101, 100]) await sendOne(stage, client, server, pattern(size));
      const taken = await gather(stage, stage.near, server, 4, 100);
      // What was merged on its way is there in full, though no more than 100 bytes were wanted.
      const longer = taken.map(({ bytes, cut }) => cut || bytes.length > 100);
      assert.deepEqual(longer, [false, false, true, false]);
      assert.deepEqual(
        taken.map(({ bytes }) => Math.min(bytes.length, 100)),
        [99, 100, 100, 100],
      );
    });

    test("lie in memory that cannot be taken away, with nobody else's bytes", async (stage) => {
      const [one, other] = [stage.datagram(kind), stage.datagram(kind)];
      const client = stage.datagram(kind, "far");
      for (let i = 0; i < 4; i++) await sendOne(stage, client, one, pattern(900, 7));
      await gather(stage, stage.near, one, 4);
      await sendOne(stage, client, other, pattern(10, 3));
      const probe = stage.submit(stage.near, Operation.recvMany, other, { size: 65_536 });
      await probe.done;
      const { loan } = probe;
      assert.ok(loan);
      const { buffer } = loan.data as Uint8Array<ArrayBuffer>;
      // Runtimes copy it or refuse.
      try {
        structuredClone(buffer, { transfer: [buffer] });
      } catch {}
      assert.equal(loan.data.byteLength, buffer.byteLength);
      assert.ok(buffer.byteLength > 0, "the memory was taken away");
      const start = loan.runs[RUN_OFFSET] as number;
      const rest = Uint8Array.from(loan.data);
      rest.fill(0, start, start + 10);
      assert.ok(rest.every((byte) => byte === 0));
      loan.release();
      loan.release();
    });

    test("of two batches at once do not lie in the same memory", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const probes: Probe[] = [];
      for (const seed of [1, 2]) {
        await sendOne(stage, client, server, pattern(20, seed));
        const probe = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
        await probe.done;
        probes.push(probe);
      }
      for (const [i, probe] of probes.entries()) {
        const [one] = take(probe, await probe.done);
        assertBytes((one as Taken).bytes, pattern(20, i + 1));
      }
    });

    test("and one by one come by turns, in order", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      for (let i = 0; i < 6; i++) await sendOne(stage, client, server, pattern(10, i + 1));
      const seen: Uint8Array[] = [];
      while (seen.length < 6) {
        const buffer = new Uint8Array(100);
        const single = stage.submit(stage.near, Operation.recvFrom, server, { buffer });
        assert.equal(await single.done, 10);
        seen.push(buffer.subarray(0, 10));
        if (seen.length === 6) break;
        const probe = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
        for (const { bytes } of take(probe, await probe.done)) seen.push(bytes);
      }
      for (const [i, bytes] of seen.entries()) assertBytes(bytes, pattern(10, i + 1));
    });

    test("are left to the next reader when given up", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const given = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
      given.cancel(stage.near);
      assertCode(await given.done, "PIKE_ABORTED");
      const late = { size: 65_536, timeoutMs: 0 };
      assertCode(
        await stage.submit(stage.near, Operation.recvMany, server, late).done,
        "PIKE_TIMEOUT",
      );
      const closed = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
      await sendOne(stage, client, server, pattern(4));
      assert.equal(take(closed, await closed.done).length, 1);
      const last = stage.submit(stage.near, Operation.recvMany, server, { size: 65_536 });
      await stage.close(stage.near, server);
      assertCode(await last.done, "PIKE_CLOSED");
    });

    test("are refused where there is none, and with sizes that are none", async (stage) => {
      const server = stage.datagram(kind);
      for (const size of [0, -1, 65_537, 0.5]) {
        assertCode(
          await stage.submit(stage.near, Operation.recvMany, server, { size }).done,
          "EINVAL",
        );
      }
      const stream = stage.socket(kind, "stream", stage.near);
      const probe = stage.submit(stage.near, Operation.recvMany, stream, { size: 1 });
      assertCode(await probe.done, "EOPNOTSUPP", "EINVAL");
    });
  });
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
