/** Cases for what a notifier says of itself, and for how layers refuse one that doesn't fit. */
import assert from "node:assert/strict";
import {
  contract,
  contractVersion,
  type Notifier,
  Operation,
  type PikeError,
  requireContract,
} from "@pike-io/notifier";
import { Socket } from "@pike-io/socket";
import type { Suite } from "./runner.js";

const functions = [
  ...["openSocket", "adopt", "openSignal", "openEvent", "bind", "listen", "shutdown"],
  ...["localAddress", "peerAddress", "getOption", "setOption", "getRawOption", "setRawOption"],
  ...["fd", "setRef", "handleCounters", "poster", "post", "poll", "ref", "unref"],
  "allocate",
];

const counterNames = [
  ...["operations", "systemCalls", "wouldBlocks", "completions", "crossings", "batches"],
  ...["bytesRead", "bytesWritten", "stale", "dropped", "handles", "pending"],
] as const;

/** Brand, version, manifest, counters at rest. */
export function contractCases(suite: Suite): void {
  suite.group("what a notifier says of itself", [], (test) => {
    test("carries its contract under the global brand, in the version spoken here", async ({
      near,
    }) => {
      const found = near[contract];
      assert.equal(contract, Symbol.for("@pike-io/notifier.contract"));
      assert.equal(found.major, contractVersion.major);
      assert.ok(found.minor >= contractVersion.minor);
      assert.ok(found.name.length > 0);
      assert.ok(near.backend.length > 0);
      assert.ok(near.reason.length > 0);
      assert.equal(near.attached, true);
      assert.equal(near.closed, false);
    });

    test("lists in its manifest only operations and functions that there are", async ({ near }) => {
      const known = new Set([...Object.keys(Operation), ...functions]);
      for (const name of near[contract].operations) assert.ok(known.has(name), name);
      for (const name of functions) {
        assert.equal(typeof (near as unknown as Record<string, unknown>)[name], "function", name);
      }
    });

    test("starts every counter at zero", async ({ open }) => {
      const { counters } = await open();
      for (const name of counterNames) {
        // Opening may itself have entered native code, so crossings may have begun.
        if (name !== "crossings" && name !== "systemCalls") assert.equal(counters[name], 0, name);
        assert.equal(typeof counters[name], "number", name);
      }
    });
  });

  suite.group("a notifier that does not fit", ["openSocket"], (test) => {
    test("of another major is refused with both sides named, before a descriptor exists", async ({
      near,
    }) => {
      const other = disguised(near, { major: contractVersion.major + 1, minor: 0 });
      assert.throws(
        () => Socket.open("ipv4", "stream").registerTo(other),
        (error: PikeError) => {
          assert.equal(error.code, "PIKE_CONTRACT_MISMATCH");
          assert.match(error.message, /@pike-io\/socket/);
          assert.ok(error.message.includes(near[contract].name));
          return true;
        },
      );
      assert.equal(near.counters.handles, 0);
    });

    test("without an operation that a layer needs is refused, before a descriptor exists", async ({
      near,
    }) => {
      const operations = new Set(near[contract].operations);
      operations.delete("recvFrom");
      const other = disguised(near, { operations });
      assert.throws(() => Socket.open("ipv4", "stream").registerTo(other), {
        code: "PIKE_UNSUPPORTED",
        message: /"recvFrom"/,
      });
      assert.equal(near.counters.handles, 0);
    });

    test("because it is closed is refused", async ({ open }) => {
      const notifier = await open();
      await notifier.close();
      assert.throws(() => Socket.open("ipv4", "stream").registerTo(notifier), {
        code: "PIKE_CLOSED",
      });
    });

    test("because it is none is refused as a wrong type", async () => {
      for (const value of [undefined, null, 1, "epoll", {}, [], () => {}, Socket]) {
        const asked = () =>
          requireContract(value, {
            layer: "a layer",
            version: "1.0",
            ...contractVersion,
            operations: [],
          });
        assert.throws(asked, { name: "TypeError", code: "PIKE_TYPE" });
      }
    });
  });
}

function disguised(notifier: Notifier, changes: object): Notifier {
  const found = notifier[contract];
  return new Proxy(notifier, {
    get: (target, name) =>
      name === contract ? { ...found, ...changes } : Reflect.get(target, name, target),
  });
}

/** The error of a call that must throw one of pike's. */
export function thrownBy(call: () => unknown): PikeError {
  try {
    call();
  } catch (error) {
    assert.equal(typeof (error as PikeError).code, "string", String(error));
    return error as PikeError;
  }
  return assert.fail("it did not throw");
}
