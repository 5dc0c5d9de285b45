/** Cases for the end of handles and notifiers, in whatever they are doing. */
import assert from "node:assert/strict";
import { contract, type HandleId, type Notifier, Operation, READABLE } from "@pike-io/notifier";
import { thrownBy } from "./contract.js";
import { assertCode, outcome, type Probe } from "./probe.js";
import type { Suite } from "./runner.js";
import { MORE_THAN_FITS, pattern, turn } from "./stage.js";

const needs = ["openSocket", "bind", "listen", "accept", "connect", "read", "write", "close"];
const RACES = 500;

/** Closing handles. */
export function closeCases(suite: Suite): void {
  suite.group("closing a handle", [...needs, "ipv4"], (test) => {
    test(
      "ends everything pending with PIKE_CLOSED, and itself after all of it",
      async (stage) => {
        const { near } = stage;
        const { server } = await stage.pair();
        const ended: string[] = [];
        const track = (name: string) => ({ onComplete: () => ended.push(name) });
        const writing = await stage.stuff(near, server);
        const probes = [
          stage.submit(near, Operation.read, server, { ...track("read"), size: 9 }),
          stage.submit(near, Operation.read, server, {
            ...track("timed"),
            buffer: new Uint8Array(1),
            timeoutMs: 0x7fff_ffff,
          }),
          stage.submit(near, Operation.wait, server, { ...track("wait"), flags: READABLE }),
          stage.submit(near, Operation.write, server, {
            ...track("write"),
            buffer: new Uint8Array(MORE_THAN_FITS),
            flags: 1,
          }),
        ];
        const close = stage.submit(near, Operation.close, server, track("close"));
        assert.equal(outcome(await close.done), "ok 0");
        assert.equal(ended.at(-1), "close");
        for (const { done } of probes) assertCode(await done, "PIKE_CLOSED");
        assertCode(await writing.done, "PIKE_CLOSED");
        assert.ok(writing.transferred > 0);
        assert.equal(near.counters.pending, 0);
      },
      ["wait"],
    );

    test("ends an accept and a connect that are pending", async (stage) => {
      const { listener } = stage.listen();
      const accept = stage.submit(stage.near, Operation.accept, listener);
      await stage.close(stage.near, listener);
      assertCode(await accept.done, "PIKE_CLOSED");
      const { address } = stage.listen();
      const client = stage.socket();
      const connect = stage.submit(stage.far, Operation.connect, client, { address });
      const close = stage.submit(stage.far, Operation.close, client);
      assert.equal(outcome(await close.done), "ok 0");
      const found = outcome(await connect.done);
      assert.ok(found === "ok 0" || found === "PIKE_CLOSED", found);
    });

    test("of a listener ends the connections that nobody took", async (stage) => {
      const { listener, address } = stage.listen();
      const client = stage.socket();
      const connect = stage.submit(stage.far, Operation.connect, client, { address });
      assert.equal(outcome(await connect.done), "ok 0");
      await stage.close(stage.near, listener);
      const result = await stage.read(stage.far, client, new Uint8Array(1)).done;
      if (result !== 0) assertCode(result, "ECONNRESET");
    });

    test("makes its name stale for every function, and for ever", async (stage) => {
      const { near } = stage;
      const stale = stage.socket("ipv4", "stream", near);
      await stage.close(near, stale);
      // Something that was given a handle, so that no figure of it may show in what follows.
      const { listener, address } = stage.listen();
      for (let i = 0; i < 2; i++) {
        const client = stage.socket();
        await stage.submit(stage.far, Operation.connect, client, { address }).done;
      }
      for (let i = 0; i < 2; i++) {
        assert.ok((await stage.submit(near, Operation.accept, listener).done) >= 0);
      }
      // The slot is used again, many times: the old name must never reach its new owner.
      for (let i = 0; i < 50; i++) {
        const other = stage.socket("ipv4", "stream", near);
        await assertStale(near, stale, (operation) =>
          stage.submit(near, operation, stale, {
            buffer: new Uint8Array(1),
            flags: READABLE,
            address: stage.address(),
          }),
        );
        assert.equal(near.getOption(other, "type"), "stream");
        if (i % 2 === 0) await stage.close(near, other);
      }
    });

    test("in the completion of another request of the same handle", async (stage) => {
      const { near } = stage;
      const { server, client } = await stage.pair();
      let closing: Probe | undefined;
      const onComplete = () => {
        closing ??= stage.submit(near, Operation.close, server);
      };
      const probes = [1, 2, 3].map(() =>
        stage.submit(near, Operation.read, server, { buffer: new Uint8Array(1), onComplete }),
      );
      await stage.writeAll(stage.far, client, pattern(2)).done;
      for (const { done } of probes) {
        const result = await done;
        if (result < 0) assertCode(result, "PIKE_CLOSED");
      }
      assert.equal(outcome((await closing?.done) as number), "ok 0");
    });

    test("racing with completion, thousands of times over", async (stage) => {
      const { listener, address } = stage.listen();
      const before = stage.near.counters.handles;
      for (let i = 0; i < RACES; i++) {
        const { server, client } = await stage.join(listener, address);
        const read = stage.read(stage.near, server, new Uint8Array(8));
        const write = stage.writeAll(stage.far, client, pattern(8));
        const timed = stage.read(stage.near, server, new Uint8Array(8), 1);
        if (i % 3 === 1) await turn();
        if (i % 3 === 2) await write.done;
        const closes = [
          stage.submit(stage.near, Operation.close, server),
          stage.submit(stage.far, Operation.close, client),
        ];
        if (i % 2 === 1) timed.cancel(stage.near);
        for (const { done } of closes) assert.equal(outcome(await done), "ok 0");
        for (const { done } of [read, timed]) {
          const result = await done;
          const allowed = ["PIKE_CLOSED", "PIKE_ABORTED", "PIKE_TIMEOUT", "ECONNRESET"];
          assert.ok(result >= 0 || allowed.includes(outcome(result)), outcome(result));
        }
        const written = await write.done;
        assert.ok(
          written === 8 || ["PIKE_CLOSED", "EPIPE", "ECONNRESET"].includes(outcome(written)),
        );
      }
      assert.equal(stage.near.counters.handles, before);
    });

    test(
      "takes back every slot, of many handles opened one after another",
      async (stage) => {
        const { near } = stage;
        for (let round = 0; round < 50; round++) {
          const handles = Array.from({ length: 40 }, () => stage.socket("ipv4", "datagram", near));
          assert.equal(near.counters.handles, 40);
          assert.equal(new Set(handles).size, 40);
          for (const handle of handles) stage.submit(near, Operation.close, handle);
          await stage.submit(near, Operation.timer, -1, { timeoutMs: 0 }).done;
        }
        assert.equal(near.counters.handles, 0);
      },
      ["timer"],
    );
  });
}

/** Closing notifiers. */
export function notifierCloseCases(suite: Suite): void {
  suite.group("closing a notifier", [...needs, "ipv4"], (test) => {
    test(
      "delivers every completion, closes every handle, then resolves",
      async (stage) => {
        const notifier = await stage.open();
        const { listener, address } = stage.listen("ipv4", notifier);
        const handles = Array.from({ length: 20 }, () => stage.socket("ipv4", "stream", notifier));
        const udp = stage.socket("ipv4", "datagram", notifier);
        notifier.bind(udp, stage.address());
        const probes = [
          stage.submit(notifier, Operation.accept, listener),
          stage.submit(notifier, Operation.recvFrom, udp, { buffer: new Uint8Array(1) }),
          stage.submit(notifier, Operation.timer, -1, { timeoutMs: 0x7fff_ffff }),
          ...handles.map((handle) =>
            stage.submit(notifier, Operation.connect, handle, { address }),
          ),
        ];
        const closing = notifier.close();
        assert.equal(notifier.closed, true);
        await closing;
        for (const probe of probes) {
          assert.equal(probe.completions + Number(probe.atOnce), 1, "completed by now");
          const found = outcome(await probe.done);
          assert.ok(["PIKE_CLOSED", "ok 0"].includes(found) || (await probe.done) > 0, found);
        }
        assert.equal(notifier.counters.handles, 0);
      },
      ["recvFrom", "timer"],
    );

    test("twice is closing once, and nothing can be started afterwards", async (stage) => {
      const notifier = await stage.open();
      const handle = stage.socket("ipv4", "stream", notifier);
      await Promise.all([notifier.close(), notifier.close()]);
      await notifier.close();
      for (const operation of [Operation.read, Operation.close, Operation.timer]) {
        const probe = stage.submit(notifier, operation, handle, { size: 1, timeoutMs: 1 });
        assertCode(await probe.done, "PIKE_CLOSED", "PIKE_STALE");
      }
      const open = () => notifier.openSocket({ family: "ipv4", type: "stream" });
      assert.equal(thrownBy(open).code, "PIKE_CLOSED");
      assert.throws(() => notifier.localAddress(handle), { code: /^PIKE_(CLOSED|STALE)$/ });
    });

    test("leaves another notifier of the same thread alone", async (stage) => {
      const { server, client } = await stage.pair();
      const other = await stage.open();
      const waiting = stage.read(stage.near, server, new Uint8Array(3));
      await other.close();
      await stage.writeAll(stage.far, client, pattern(3)).done;
      assert.ok((await waiting.done) > 0);
    });

    test(
      "gives its descriptors back",
      async (stage) => {
        const count = stage.setup.descriptors as () => number;
        const before = count();
        const notifier = await stage.open();
        for (let i = 0; i < 30; i++) stage.socket("ipv4", "stream", notifier);
        assert.ok(count() >= before + 30);
        await notifier.close();
        assert.equal(count(), before);
      },
      ["descriptors"],
    );
  });
}

async function assertStale(
  notifier: Notifier,
  stale: HandleId,
  submit: (operation: Operation) => Probe,
): Promise<void> {
  const calls: (() => unknown)[] = [
    () => notifier.bind(stale, { family: "ipv4", address: "127.0.0.1", port: 0 }),
    () => notifier.listen(stale, 1),
    () => notifier.shutdown(stale, "both"),
    () => notifier.localAddress(stale),
    () => notifier.peerAddress(stale),
    () => notifier.getOption(stale, "type"),
    () => notifier.setOption(stale, "keepAlive", true),
    () => notifier.fd(stale),
    () => notifier.setRef(stale, false),
    () => notifier.handleCounters(stale),
  ];
  if (notifier[contract].operations.has("getRawOption")) {
    calls.push(() => notifier.getRawOption(stale, 1, 3, 4));
    calls.push(() => notifier.setRawOption(stale, 1, 9, new Uint8Array(4)));
  }
  for (const call of calls) assert.equal(thrownBy(call).code, "PIKE_STALE", String(call));
  const { read, write, recvFrom, sendTo, accept, connect, wait, close, detach } = Operation;
  for (const operation of [read, write, recvFrom, sendTo, accept, connect, wait, close, detach]) {
    const probe = submit(operation);
    assertCode(await probe.done, "PIKE_STALE");
    assert.equal(probe.transferred, 0, "nothing was moved");
  }
}
