/** What keeps a program running: a request of somebody's in flight, and nothing else. */
import { spawnSync } from "node:child_process";
import { expect } from "chai";

const prelude = `
  import { Handle } from "@pike-io/handle";
  import { openNotifier } from "@pike-io/notifier-native";
  import { MemoryNetwork } from "@pike-io/notifier-memory";
  import { openPipe } from "./descriptors.js";
  import { HandleRequest, submitRequest } from "@pike-io/handle";
  const timer = (notifier, timeoutMs) => {
    const request = new HandleRequest(8, -1, "timer");
    request.timeoutMs = timeoutMs;
    return submitRequest(notifier, request);
  };
`;

/** Runs a program to its end; one that hangs fails with its output. */
function run(script: string): string {
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    ["--input-type=module", "-e", prelude + script],
    { cwd: import.meta.dirname, encoding: "utf8", timeout: 15_000 },
  );
  expect({ status, signal, stderr }).to.deep.equal({ status: 0, signal: null, stderr: "" });
  return stdout.trim();
}

describe("a program", () => {
  it("ends when nothing is in flight, open notifiers and handles notwithstanding", () => {
    expect(
      run(`
        const notifier = openNotifier();
        const { read } = openPipe();
        Handle.adopt(notifier, read);
        new MemoryNetwork().host("10.0.0.1").openSocket({ family: "ipv4", type: "stream" });
        console.log("over");`),
    ).to.equal("over");
  });

  it("goes on while a request is in flight, and sees its result", () => {
    expect(
      run(`
        const notifier = openNotifier();
        timer(notifier, 30).then(() => console.log("native"));
        const memory = new MemoryNetwork({ clock: "auto" }).host("10.0.0.1");
        timer(memory, 30).then(() => console.log("memory"));`).split("\n"),
    ).to.have.members(["native", "memory"]);
  });

  it("ends in spite of a request in flight on an unref'd handle, or an unref'd notifier", () => {
    expect(
      run(`
        const notifier = openNotifier();
        const { read, write } = openPipe();
        const handle = Handle.adopt(notifier, read).unref();
        handle.read(new Uint8Array(1)).then(() => console.log("never"));
        const other = openNotifier();
        timer(other, 600000).then(() => console.log("never"));
        other.unref();
        console.log("over");`),
    ).to.equal("over");
  });

  it("goes on again after ref()", () => {
    expect(
      run(`
        const notifier = openNotifier();
        const { read, write } = openPipe();
        const handle = Handle.adopt(notifier, read).unref();
        handle.read(new Uint8Array(1)).then(() => console.log("read"));
        handle.ref();
        const writer = Handle.adopt(notifier, write);
        setTimeout(() => writer.writeAll(new Uint8Array(1)), 20).unref();`),
    ).to.equal("read");
  });

  it("may exit, or throw, in the middle of anything", () => {
    const begun = `
      const notifier = openNotifier();
      const { read, write } = openPipe();
      Handle.adopt(notifier, read).read(new Uint8Array(1)).then(() => console.log("never"));
      Handle.adopt(notifier, write).writeAll(new Uint8Array(1000000));
      timer(notifier, 600000);`;
    expect(run(`${begun} console.log("begun"); process.exit(0);`)).to.equal("begun");
    expect(run(`${begun} notifier.close(); console.log("begun"); process.exit(0);`)).to.match(
      /begun/,
    );
    expect(
      run(`${begun}
        process.once("uncaughtException", () => { console.log("caught"); process.exit(0); });
        setImmediate(() => { throw new Error("on purpose"); });`),
    ).to.match(/caught$/);
  });
});
