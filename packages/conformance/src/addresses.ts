/** Cases for addresses: where a socket is, where it may not be, and who refuses. */
import assert from "node:assert/strict";
import { type IpAddress, Operation } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";
import { pattern } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "localAddress", "close"];

/** Binding, listening, connecting, and their refusals. */
export function addressCases(suite: Suite): void {
  for (const kind of ["ipv4", "ipv6"] as const) {
    suite.group(`addresses of ${kind}`, [...needs, "peerAddress", kind], (test) => {
      test("are known in full on both sides of a connection", async (stage) => {
        const { near, far } = stage;
        const { server, client, listener } = await stage.pair(kind);
        const bound = near.localAddress(listener) as IpAddress;
        assert.equal(bound.address, (stage.address(kind) as IpAddress).address);
        assert.ok(bound.port > 0, "a port was chosen");
        assert.deepEqual(far.peerAddress(client), bound);
        assert.deepEqual(near.localAddress(server), bound);
        assert.deepEqual(near.peerAddress(server), far.localAddress(client));
        const { address } = far.localAddress(client) as IpAddress;
        assert.equal(address, (stage.address(kind, "far") as IpAddress).address);
      });

      test("come with each accepted connection", async (stage) => {
        const { listener, address } = stage.listen(kind);
        const accept = stage.submit(stage.near, Operation.accept, listener);
        const client = stage.socket(kind);
        stage.far.bind(client, stage.address(kind, "far"));
        await stage.submit(stage.far, Operation.connect, client, { address }).done;
        assert.ok((await accept.done) >= 0);
        assert.deepEqual(accept.address, stage.far.localAddress(client));
      });

      test("in use are refused to a second listener", async (stage) => {
        const { address } = stage.listen(kind);
        const second = stage.socket(kind, "stream", stage.near);
        const bindAndListen = () => {
          stage.near.bind(second, address);
          stage.near.listen(second, 1);
        };
        assert.throws(bindAndListen, { code: "EADDRINUSE" });
        const first = stage.datagram(kind);
        const other = stage.socket(kind, "datagram", stage.near);
        const bind = () => stage.near.bind(other, stage.near.localAddress(first));
        assert.throws(bind, { code: "EADDRINUSE", syscall: "bind" });
      });

      test("are free again when their listener is closed", async (stage) => {
        const { listener, address } = stage.listen(kind);
        await stage.close(stage.near, listener);
        const second = stage.socket(kind, "stream", stage.near);
        stage.near.bind(second, address);
        stage.near.listen(second, 1);
        assert.deepEqual(stage.near.localAddress(second), address);
      });

      test("where nobody listens refuse a connection", async (stage) => {
        const { listener, address } = stage.listen(kind);
        await stage.close(stage.near, listener);
        const client = stage.socket(kind);
        const connect = stage.submit(stage.far, Operation.connect, client, { address });
        assertCode(await connect.done, "ECONNREFUSED");
        assert.throws(() => stage.far.peerAddress(client), { code: "ENOTCONN" });
      });
    });
  }

  suite.group("misuse of a socket", [...needs, "read", "write", "ipv4"], (test) => {
    test(
      "not connected: reading and writing are refused, never an end or a success",
      async (stage) => {
        const { far } = stage;
        const client = stage.socket();
        const read = stage.submit(far, Operation.read, client, { size: 1 });
        assertCode(await read.done, "ENOTCONN", "EINVAL");
        const write = stage.submit(far, Operation.write, client, { buffer: pattern(1) });
        assertCode(await write.done, "EPIPE", "ENOTCONN");
        assert.throws(() => far.shutdown(client, "write"), { code: "ENOTCONN" });
        assert.throws(() => far.peerAddress(client), { code: "ENOTCONN", syscall: "getpeername" });
      },
      ["shutdown"],
    );

    test("not listening: an accept is refused", async (stage) => {
      const socket = stage.socket();
      assertCode(await stage.submit(stage.far, Operation.accept, socket).done, "EINVAL");
      const { client } = await stage.pair();
      assertCode(await stage.submit(stage.far, Operation.accept, client).done, "EINVAL");
    });

    test("connected or listening: a connect is refused", async (stage) => {
      const { client, listener, address } = await stage.pair();
      const again = stage.submit(stage.far, Operation.connect, client, { address });
      assertCode(await again.done, "EISCONN");
      const listening = stage.submit(stage.near, Operation.connect, listener, { address });
      assertCode(await listening.done, "EISCONN", "EINVAL");
      assert.ok((await stage.join(listener, address)).server >= 0, "still listening");
    });

    test("bound twice, or to somebody else's address, is refused", async (stage) => {
      const socket = stage.socket("ipv4", "stream", stage.near);
      stage.near.bind(socket, stage.address());
      assert.throws(() => stage.near.bind(socket, stage.address()), { code: "EINVAL" });
      const other = stage.socket("ipv4", "stream", stage.near);
      const address = stage.setup.foreignAddress ?? "192.0.2.1";
      const bind = () => stage.near.bind(other, { family: "ipv4", address, port: 0 });
      assert.throws(bind, { code: "EADDRNOTAVAIL", address });
    });

    test("a connect succeeds only once it is through: at once it can be read from and written to", async (stage) => {
      const { listener, address } = stage.listen("ipv4", stage.near, 64);
      const clients = Array.from({ length: 40 }, () => stage.socket());
      const connects = clients.map((client) =>
        stage.submit(stage.far, Operation.connect, client, { address }),
      );
      const writes = connects.map(async ({ done }, index) => {
        assert.equal(outcome(await done), "ok 0");
        assert.deepEqual(stage.far.peerAddress(clients[index] as number), address);
        const write = stage.writeAll(stage.far, clients[index] as number, pattern(1));
        assert.equal(outcome(await write.done), "ok 1");
      });
      for (let i = 0; i < clients.length; i++) {
        assert.ok((await stage.submit(stage.near, Operation.accept, listener).done) >= 0);
      }
      await Promise.all(writes);
    });

    test("a listener whose backlog is full lets a connect wait until its deadline", async (stage) => {
      const { listener, address } = stage.listen("ipv4", stage.near, 1);
      const clients = Array.from({ length: 8 }, () => stage.socket());
      const connects = clients.map((client) =>
        stage.submit(stage.far, Operation.connect, client, { address, timeoutMs: 200 }),
      );
      const found = await Promise.all(connects.map(async ({ done }) => outcome(await done)));
      const through = found.filter((one) => one === "ok 0").length;
      assert.ok(found.includes("PIKE_TIMEOUT"), `all of ${found.join(", ")}`);
      assert.ok(
        found.every((one) => one === "ok 0" || one === "PIKE_TIMEOUT"),
        found.join(", "),
      );
      assert.ok(through >= 1, "the backlog takes one");
      assert.ok((await stage.submit(stage.near, Operation.accept, listener).done) >= 0);
    });
  });
}
