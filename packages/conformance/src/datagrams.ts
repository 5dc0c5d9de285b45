/** Cases for datagrams: each whole or not at all, with its sender. */
import assert from "node:assert/strict";
import { Operation } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { assertBytes, pattern, type Stage } from "./stage.js";

const needs = ["openSocket", "bind", "recvFrom", "sendTo", "connect", "write", "close"];

/** Datagrams over one family. */
export function datagramCases(suite: Suite, kind: "ipv4" | "ipv6"): void {
  suite.group(`datagrams over ${kind}`, [...needs, kind], (test) => {
    test("arrive whole, each with its sender's address in full", async (stage) => {
      const { near, far } = stage;
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const address = near.localAddress(server);
      for (const size of [1, 2, 100, 1_400, 9_000]) {
        const buffer = new Uint8Array(10_000);
        const receive = stage.submit(near, Operation.recvFrom, server, { buffer });
        const bytes = pattern(size, size);
        const send = stage.submit(far, Operation.sendTo, client, { buffer: bytes, address });
        assert.equal(outcome(await send.done), `ok ${size}`);
        assert.equal(outcome(await receive.done), `ok ${size}`);
        assertBytes(buffer.subarray(0, size), bytes);
        assert.equal(receive.truncated, false);
        assert.deepEqual(receive.address, far.localAddress(client));
      }
    });

    test("of no length arrive as such, and are no end of anything", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const address = stage.near.localAddress(server);
      for (const size of [0, 3, 0]) {
        await send(stage, client, server, pattern(size));
        const buffer = new Uint8Array(8);
        const receive = stage.submit(stage.near, Operation.recvFrom, server, { buffer });
        assert.equal(outcome(await receive.done), `ok ${size}`);
        assert.deepEqual(receive.address, stage.far.localAddress(client));
      }
      assert.equal(stage.near.localAddress(server).family, address.family);
    });

    test("longer than the buffer are marked as cut, and the rest does not come later", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      await send(stage, client, server, pattern(100, 1));
      await send(stage, client, server, pattern(10, 2));
      const small = new Uint8Array(10);
      const cut = stage.submit(stage.near, Operation.recvFrom, server, { buffer: small });
      assert.equal(outcome(await cut.done), "ok 10");
      assert.equal(cut.truncated, true);
      assertBytes(small, pattern(100, 1).subarray(0, 10));
      const exact = stage.submit(stage.near, Operation.recvFrom, server, { buffer: small });
      assert.equal(outcome(await exact.done), "ok 10");
      assert.equal(exact.truncated, false);
      assertBytes(small, pattern(10, 2));
    });

    test("are dropped one at a time by a reader without room", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      await send(stage, client, server, pattern(5, 1));
      await send(stage, client, server, pattern(5, 2));
      const none = stage.submit(stage.near, Operation.recvFrom, server, {
        buffer: new Uint8Array(0),
      });
      assert.equal(outcome(await none.done), "ok 0");
      assert.equal(none.truncated, true);
      const buffer = new Uint8Array(5);
      const next = stage.submit(stage.near, Operation.recvFrom, server, { buffer });
      assert.equal(await next.done, 5);
      assertBytes(buffer, pattern(5, 2));
    });

    test("beyond what the protocol carries are refused", async (stage) => {
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const probe = stage.submit(stage.far, Operation.sendTo, client, {
        buffer: new Uint8Array(65_536),
        address: stage.near.localAddress(server),
      });
      assertCode(await probe.done, "EMSGSIZE");
    });

    test("of a connected socket go to its peer, and only its peer's come in", async (stage) => {
      const { near, far } = stage;
      const [server, client] = [stage.datagram(kind), stage.datagram(kind, "far")];
      const stranger = stage.datagram(kind, "far");
      const address = near.localAddress(server);
      const connect = stage.submit(far, Operation.connect, client, { address });
      assert.equal(outcome(await connect.done), "ok 0");
      assert.deepEqual(far.peerAddress(client), address);
      const buffer = new Uint8Array(8);
      const receive = stage.submit(near, Operation.recvFrom, server, { buffer });
      const write = stage.submit(far, Operation.write, client, { buffer: pattern(4) });
      assert.equal(outcome(await write.done), "ok 4");
      assert.equal(await receive.done, 4);
      const back = stage.submit(far, Operation.recvFrom, client, { buffer });
      const mine = { buffer: pattern(6, 2), address: far.localAddress(client) };
      await stage.submit(far, Operation.sendTo, stranger, { ...mine, buffer: pattern(7, 3) }).done;
      await stage.submit(near, Operation.sendTo, server, mine).done;
      assert.equal(outcome(await back.done), "ok 6");
      assert.deepEqual(back.address, address);
    });

    test("go to another peer once the socket is connected to another", async (stage) => {
      const { near, far } = stage;
      const client = stage.datagram(kind, "far");
      for (const server of [stage.datagram(kind), stage.datagram(kind)]) {
        const address = near.localAddress(server);
        const connect = stage.submit(far, Operation.connect, client, { address });
        assert.equal(outcome(await connect.done), "ok 0");
        const receive = stage.submit(near, Operation.recvFrom, server, {
          buffer: new Uint8Array(8),
        });
        await stage.submit(far, Operation.write, client, { buffer: pattern(4) }).done;
        assert.equal(outcome(await receive.done), "ok 4");
      }
    });

    test("sent without a peer or an address are refused", async (stage) => {
      const client = stage.datagram(kind, "far");
      const write = stage.submit(stage.far, Operation.write, client, { buffer: pattern(1) });
      assertCode(await write.done, "EDESTADDRREQ", "ENOTCONN");
      assert.throws(() => stage.far.peerAddress(client), { code: "ENOTCONN" });
    });
  });
}

async function send(
  stage: Stage,
  client: number,
  server: number,
  buffer: Uint8Array,
): Promise<void> {
  const address = stage.near.localAddress(server);
  const probe = stage.submit(stage.far, Operation.sendTo, client, { buffer, address });
  assert.equal(outcome(await probe.done), `ok ${buffer.length}`);
}
