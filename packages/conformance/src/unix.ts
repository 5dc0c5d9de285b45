/** Cases for Unix sockets by path and by abstract name, as far as every notifier can have them. */
import assert from "node:assert/strict";
import { Operation, type UnixAddress } from "@pike-io/notifier";
import { assertCode, outcome } from "./probe.js";
import type { Suite } from "./runner.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "localAddress", "close"];

/** Names, their life, and who may come in. */
export function unixCases(suite: Suite): void {
  suite.group("Unix sockets", [...needs, "peerAddress", "unix path"], (test) => {
    test("have the listener's path as their peer's address, and none of their own", async (stage) => {
      const { server, client, address } = await stage.pair("unix");
      assert.deepEqual(stage.far.peerAddress(client), address);
      assert.deepEqual(stage.near.localAddress(server), address);
      assert.deepEqual(stage.near.peerAddress(server), { family: "unix", path: "" });
    });

    test("without a listener refuse a connection", async (stage) => {
      const client = stage.socket("unix");
      const address = stage.address("unix");
      const connect = stage.submit(stage.far, Operation.connect, client, { address });
      assertCode(await connect.done, "ENOENT");
    });

    test("refuse a second listener while the first lives, which goes on unharmed", async (stage) => {
      const { listener, address } = stage.listen("unix");
      const second = stage.socket("unix", "stream", stage.near);
      assert.throws(() => stage.near.bind(second, address), { code: "EADDRINUSE" });
      assert.ok((await stage.join(listener, address, "unix")).server >= 0);
    });

    test("leave a free path when their listener closes", async (stage) => {
      const { listener, address } = stage.listen("unix");
      await stage.close(stage.near, listener);
      const client = stage.socket("unix");
      const connect = stage.submit(stage.far, Operation.connect, client, { address });
      assertCode(await connect.done, "ENOENT");
      const again = stage.socket("unix", "stream", stage.near);
      stage.near.bind(again, address, { replace: false });
      stage.near.listen(again, 4);
      assert.ok((await stage.join(again, address, "unix")).server >= 0);
    });

    test("leave the path with a bound socket that never listened, too", async (stage) => {
      const address = stage.address("unix") as UnixAddress;
      const bound = stage.socket("unix", "stream", stage.near);
      stage.near.bind(bound, address);
      assert.deepEqual(stage.near.localAddress(bound), address);
      await stage.close(stage.near, bound);
      const again = stage.socket("unix", "stream", stage.near);
      stage.near.bind(again, address, { replace: false });
    });
  });

  suite.group("abstract Unix names", [...needs, "abstract name"], (test) => {
    test("connect peers, and are gone with their listener", async (stage) => {
      const { listener, address, client } = await stage.pair("abstract");
      assert.deepEqual(stage.near.localAddress(listener), address);
      assert.deepEqual(stage.far.peerAddress(client), address);
      await stage.close(stage.near, listener);
      const late = stage.socket("abstract");
      const connect = stage.submit(stage.far, Operation.connect, late, { address });
      assertCode(await connect.done, "ECONNREFUSED");
    });

    test("of a living listener are in use", async (stage) => {
      const { address } = stage.listen("abstract");
      const second = stage.socket("abstract", "stream", stage.near);
      assert.throws(() => stage.near.bind(second, address), { code: "EADDRINUSE" });
    });

    test(
      "let in only who allowUid names: others are closed before they are delivered",
      async (stage) => {
        const listener = stage.socket("abstract", "stream", stage.near);
        stage.near.bind(listener, stage.address("abstract"));
        const address = stage.near.localAddress(listener);
        stage.near.listen(listener, 8, { allowUid: 4_000_000 });
        const accept = stage.submit(stage.near, Operation.accept, listener);
        const client = stage.socket("abstract");
        const connect = stage.submit(stage.far, Operation.connect, client, { address });
        assert.equal(outcome(await connect.done), "ok 0");
        const end = await stage.read(stage.far, client, new Uint8Array(1)).done;
        if (end !== 0) assertCode(end, "ECONNRESET");
        assert.equal(accept.completions, 0, "the stranger was not delivered");
        accept.cancel(stage.near);
        assertCode(await accept.done, "PIKE_ABORTED");
      },
      ["read"],
    );

    test("let everyone in with allowUid null, and our own by default", async (stage) => {
      for (const options of [{ allowUid: null }, {}, undefined]) {
        const listener = stage.socket("abstract", "stream", stage.near);
        stage.near.bind(listener, stage.address("abstract"));
        stage.near.listen(listener, 8, options);
        const address = stage.near.localAddress(listener);
        assert.ok((await stage.join(listener, address, "abstract")).server >= 0);
      }
    });
  });
}
