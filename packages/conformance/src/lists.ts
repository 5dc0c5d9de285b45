/** Cases for what goes out or comes in many at once: datagrams sent, connections taken. */
import assert from "node:assert/strict";
import { type Address, Operation } from "@pike-io/notifier";
import { gather } from "./batches.js";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, pattern } from "./stage.js";

/** Datagrams sent many at once. */
export function sendManyCases(suite: Suite, kind: "ipv4" | "ipv6"): void {
  const needs = ["openSocket", "bind", "recvMany", "sendMany", "connect", "close", kind];
  suite.group(`datagrams sent many at once over ${kind}`, needs, (test) => {
    test("as pieces of one array are those pieces, the last what remains", async (stage) => {
      const { near, far } = stage;
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const address = near.localAddress(server);
      for (const [total, size] of [
        [7_050, 700],
        [1_400, 700],
        [5, 1_000],
        [130, 1],
      ] as const) {
        const buffer = pattern(total, size);
        const send = stage.submit(far, Operation.sendMany, client, { buffer, size, address });
        const count = Math.ceil(total / size);
        assert.equal(outcome(await send.done), `ok ${count}`);
        const taken = await gather(stage, near, server, count);
        for (const [i, { bytes, from }] of taken.entries()) {
          assertBytes(bytes, buffer.subarray(i * size, (i + 1) * size));
          assert.deepEqual(from, far.localAddress(client));
        }
      }
    });

    test("as a list go each to its address, of any length", async (stage) => {
      const { near, far } = stage;
      const servers = [stage.datagram(kind), stage.datagram(kind)];
      const client = stage.datagram(kind, "far");
      const sizes = [10, 10, 10, 3, 0, 0, 500, 500, 1_400, 10];
      const buffer = sizes.map((size, i) => pattern(size, i + 1));
      const to = (i: number): number => (i < 5 ? 0 : i % 2);
      const addresses = sizes.map((_, i) => near.localAddress(servers[to(i)] as number));
      const send = stage.submit(far, Operation.sendMany, client, { buffer, addresses });
      assert.equal(outcome(await send.done), `ok ${sizes.length}`);
      for (const [which, server] of servers.entries()) {
        const expected = buffer.filter((_, i) => to(i) === which);
        const taken = await gather(stage, near, server, expected.length);
        for (const [i, { bytes }] of taken.entries()) {
          assertBytes(bytes, expected[i] as Uint8Array);
        }
      }
    });

    test("go to the peer, or to one address, where they have none", async (stage) => {
      const { near, far } = stage;
      const [server, other] = [stage.datagram(kind), stage.datagram(kind)];
      const client = stage.datagram(kind, "far");
      const buffer = [pattern(5, 1), pattern(6, 2)];
      const lost = stage.submit(far, Operation.sendMany, client, { buffer });
      assertCode(await lost.done, "EDESTADDRREQ");
      assert.equal(lost.transferred, 0);
      const address = near.localAddress(server);
      await stage.submit(far, Operation.sendMany, client, { buffer, address }).done;
      await gather(stage, near, server, 2);
      await stage.submit(far, Operation.connect, client, { address }).done;
      const addresses = [null, near.localAddress(other)] as (Address | null)[];
      const mixed = stage.submit(far, Operation.sendMany, client, { buffer, addresses });
      assert.equal(outcome(await mixed.done), "ok 2");
      await gather(stage, near, server, 1);
      await gather(stage, near, other, 1);
    });

    test("of which one is refused say how many went before it, and none after it", async (stage) => {
      const { near, far } = stage;
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const address = near.localAddress(server);
      const buffer = [pattern(5), pattern(5), new Uint8Array(65_535), pattern(5)];
      const send = stage.submit(far, Operation.sendMany, client, { buffer, address });
      assertCode(await send.done, "EMSGSIZE");
      assert.equal(send.transferred, 2);
      await stage.submit(far, Operation.sendMany, client, { buffer: [pattern(9)], address }).done;
      const taken = await gather(stage, near, server, 3);
      assert.deepEqual(
        taken.map(({ bytes }) => bytes.length),
        [5, 5, 9],
      );
    });

    test("of none are none", async (stage) => {
      const client = stage.datagram(kind, "far");
      const address = stage.near.localAddress(stage.datagram(kind));
      for (const operands of [{ buffer: [] }, { buffer: new Uint8Array(0), size: 10 }]) {
        const send = stage.submit(stage.far, Operation.sendMany, client, { ...operands, address });
        assert.equal(outcome(await send.done), "ok 0");
      }
    });

    test("from memory that is gone, or with operands that fit nothing, are refused", async (stage) => {
      const client = stage.datagram(kind, "far");
      const address = stage.near.localAddress(stage.datagram(kind));
      const submit = async (operands: object): Promise<number> =>
        stage.submit(stage.far, Operation.sendMany, client, { address, ...operands }).done;
      assertCode(await submit({ buffer: null, size: 5 }), "EINVAL");
      assertCode(await submit({ buffer: pattern(5) }), "EINVAL");
      assertCode(await submit({ buffer: [pattern(5)], size: 5 }), "EINVAL");
      assertCode(await submit({ buffer: pattern(5), size: 65_536 }), "EINVAL");
      assertCode(await submit({ buffer: [pattern(5)], addresses: [] }), "EINVAL");
      const stream = stage.socket(kind);
      const probe = stage.submit(stage.far, Operation.sendMany, stream, { buffer: [pattern(1)] });
      assertCode(await probe.done, "EOPNOTSUPP", "EINVAL");
    });
  });
}

/** Connections taken many at once. */
export function acceptManyCases(suite: Suite): void {
  const needs = ["openSocket", "listen", "acceptMany", "connect", "close", "ipv4"];
  suite.group("connections taken many at once", needs, (test) => {
    test("are those that wait, up to as many as were asked for", async (stage) => {
      const { near, far } = stage;
      const { listener, address } = stage.listen();
      const clients = [0, 1, 2, 3, 4].map(() => stage.socket());
      const connects = clients.map((client) =>
        stage.submit(far, Operation.connect, client, { address }),
      );
      for (const connect of connects) assert.equal(outcome(await connect.done), "ok 0");
      const arrived: number[] = [];
      while (arrived.length < 5) {
        const most = arrived.length === 0 ? 3 : 64;
        const probe = stage.submit(near, Operation.acceptMany, listener, { size: most });
        const count = await probe.done;
        assert.ok(count >= 1 && count <= most, outcome(count));
        assert.equal(probe.arrived?.length, count);
        arrived.push(...(probe.arrived as number[]));
      }
      assert.equal(new Set(arrived).size, 5);
      const peers = arrived.map((server) => JSON.stringify(near.peerAddress(server)));
      const locals = clients.map((client) => JSON.stringify(far.localAddress(client)));
      assert.deepEqual(peers.sort(), locals.sort());
    });

    test("are waited for, and left in the backlog when that is given up", async (stage) => {
      const { near, far } = stage;
      const { listener, address } = stage.listen();
      const given = stage.submit(near, Operation.acceptMany, listener, { size: 64 });
      given.cancel(near);
      assertCode(await given.done, "PIKE_ABORTED");
      const probe = stage.submit(near, Operation.acceptMany, listener, { size: 64 });
      assert.equal(probe.atOnce, false);
      await stage.submit(far, Operation.connect, stage.socket(), { address }).done;
      assert.equal(outcome(await probe.done), "ok 1");
      const closed = stage.submit(near, Operation.acceptMany, listener, { size: 64 });
      await stage.close(near, listener);
      assertCode(await closed.done, "PIKE_CLOSED");
    });

    test("stop at the limit of handles, and go on when one is closed", async (stage) => {
      const near = await stage.open({ limits: { handles: 3 } });
      const { listener, address } = stage.listen("ipv4", near);
      const far = stage.far === stage.near ? await stage.open() : stage.far;
      for (let i = 0; i < 3; i++) {
        const client = stage.socket("ipv4", "stream", far);
        const connect = stage.submit(far, Operation.connect, client, { address });
        assert.equal(outcome(await connect.done), "ok 0");
      }
      const first: number[] = [];
      while (first.length < 2) {
        const probe = stage.submit(near, Operation.acceptMany, listener, { size: 64 });
        await probe.done;
        first.push(...(probe.arrived as number[]));
      }
      assert.equal(first.length, 2);
      const next = stage.submit(near, Operation.acceptMany, listener, { size: 64 });
      assert.equal(next.atOnce, false);
      await stage.close(near, first[0] as number);
      assert.equal(outcome(await next.done), "ok 1");
    });

    test("are refused where there are none, and for numbers that are none", async (stage) => {
      const { listener } = stage.listen();
      for (const size of [0, -1, 65]) {
        const probe = stage.submit(stage.near, Operation.acceptMany, listener, { size });
        assertCode(await probe.done, "EINVAL");
      }
      const datagram = stage.datagram();
      const probe = stage.submit(stage.near, Operation.acceptMany, datagram, { size: 1 });
      assertCode(await probe.done, "EOPNOTSUPP", "EINVAL");
    });
  });
}
