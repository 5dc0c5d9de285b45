/**
 * Hazard: where signals stay unblocked, as in Bun and Deno, whoever installs a handler last takes
 * them all. Here Node plays such a runtime, by the name in its versions; the runtimes themselves
 * are in the part of the suites that each of them runs.
 */
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { run } from "./program.js";

const isNode = ["bun", "deno"].every((name) => process.versions[name] === undefined);

/** Only over Linux's own signals; kqueue's tell of each by a mechanism of their own. */
const test = ((): ((title: string, body: () => Promise<void>) => void) => {
  const notifier = openNotifier({ drive: "manual" });
  const { backend } = notifier;
  notifier.close();
  if (process.platform === "linux" && isNode && backend !== "kqueue") return it;
  return (title) => it(`${title} (skipped: for Node over Linux's own signals)`);
})();

describe("signals that stay unblocked, beside handlers of the runtime's own", () => {
  const program = (before: string): string => `
    import { readFileSync } from "node:fs";
    import { Signal } from "@pike-io/signal";
    Object.defineProperty(process, "versions", { value: { ...process.versions, deno: "0" } });
    const notifier = openNotifier();
    const said = [];
    const heard = new Promise((resolve) => {
      process.listening = () => { said.push("heard"); resolve(); };
    });
    ${before}
    const signal = Signal.open(notifier, ["SIGUSR2"]);
    process.on("SIGUSR2", process.listening);
    const waited = signal.wait();
    process.kill(process.pid, "SIGUSR2");
    said.push((await waited).name);
    await heard;
    const blocked = /^SigBlk:\\s*(\\w+)$/m.exec(readFileSync("/proc/self/status", "utf8"))[1];
    const isBlocked = (BigInt("0x" + blocked) >> 11n & 1n) === 1n;
    console.log(notifier.attachment, said.sort().join(), isBlocked);
    process.exit(0);`;
  const both = { code: 0, signal: null, stdout: "thread SIGUSR2,heard false\n", stderr: "" };

  test("one reaches who waits and who listens, of whom the listener came last", async () => {
    expect(await run(program(""))).to.deep.equal(both);
  });

  test("and one that somebody listened to already", async () => {
    expect(await run(program('process.on("SIGUSR2", () => {});'))).to.deep.equal(both);
  });
});
