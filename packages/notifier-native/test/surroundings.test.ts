/** Hazard: what surrounds a descriptor (its peer, threads, users, memory) is not as usual. */
import { expect } from "chai";
import { run } from "./program.js";

/** Somebody else may not write where the coverage is kept. */
const unmeasured = { NODE_V8_COVERAGE: "" };

/** Only root can become somebody else; for others the case is pending, its reason in the name. */
function asRoot(name: string, body: () => Promise<void>): void {
  if (process.getuid?.() === 0) it(name, body);
  else it(`${name} (needs root)`);
}

describe("unusual surroundings", () => {
  it("a pipe of packets gives a short read for each, and no edge for the next", async () => {
    const { stdout } = await run(`
      import { spawn } from "node:child_process";
      const source = \`
import os, sys
r, w = os.pipe2(os.O_DIRECT)
for text in (b"a", b"bc", b"d"): os.write(w, text)
os.dup2(r, 0)
os.execvp(sys.argv[1], sys.argv[1:])
\`;
      const reader = \`
        import { openNotifier } from "@pike-io/notifier-native";
        import { Handle } from "@pike-io/handle";
        const pipe = Handle.adopt(openNotifier(), 0);
        for (let i = 0; i < 3; i++) {
          const chunk = await pipe.readChunk(65536, { timeoutMs: 2000 });
          console.log(String(Buffer.from(chunk)));
        }
        await pipe.close();\`;
      const node = [process.execPath, "--input-type=module", "--eval", reader];
      const stdio = ["ignore", "inherit", "inherit"];
      const child = spawn("python3", ["-c", source, ...node], { stdio });
      await new Promise((resolve) => child.on("close", resolve));`);
    expect(stdout).to.equal("a\nbc\nd\n");
  });

  asRoot(
    "a close that lingers, where no thread can be made, neither aborts nor waits",
    async () => {
      const ended = await run(
        `
      import { execFileSync } from "node:child_process";
      import net from "node:net";
      const server = net.createServer((socket) => socket.pause()).listen(0, "127.0.0.1");
      await new Promise((resolve) => server.on("listening", resolve));
      const notifier = openNotifier();
      const peer = await connect({ host: "127.0.0.1", port: server.address().port, notifier });
      peer.set("linger", 5);
      await peer.writeAll(new Uint8Array(8 << 20), { timeoutMs: 100 }).catch(() => {});
      execFileSync("prlimit", ["--pid", String(process.pid), "--nproc=1"]);
      process.setuid(65534);
      const start = performance.now();
      await peer.close();
      console.log(performance.now() - start < 2000 ? "closed" : "waited");
      process.exit(0);`,
        unmeasured,
      );
      const { code, signal, stdout } = ended;
      expect({ code, signal, stdout }).to.deep.equal({ code: 0, signal: null, stdout: "closed\n" });
    },
  );

  asRoot("an abstract name is open to the effective user, as the kernel tells it", async () => {
    const { stdout } = await run(
      `
      const notifier = openNotifier();
      process.seteuid(65534);
      const name = { abstract: "pike-euid-" + process.pid };
      const listener = await listen({ ...name, notifier });
      const accepting = listener.socket.accept({ timeoutMs: 2000 });
      await connect({ ...name, notifier });
      console.log(await accepting.then(() => "accepted", (error) => error.code));
      process.exit(0);`,
      unmeasured,
    );
    expect(stdout).to.equal("accepted\n");
  });

  it("code that hangs on a buffer is never run, and costs nobody a completion", async () => {
    const { stdout, stderr } = await run(`
      const notifier = openNotifier();
      const memory = new ArrayBuffer(0);
      const get = () => { console.log("ran"); throw new Error("mine"); };
      Object.defineProperty(memory, "resizable", { get });
      const udp = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const other = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const code = (error) => error.code;
      const timeoutMs = 2000;
      const got = [
        udp.recvFrom(new Uint8Array(memory), { timeoutMs }).then(({ length }) => length, code),
        other.recvFrom(new Uint8Array(9), { timeoutMs }).then(({ length }) => length, code),
      ];
      await udp.sendTo(new Uint8Array(3), udp.getBindAddress());
      await udp.sendTo(new Uint8Array(3), other.getBindAddress());
      console.log(JSON.stringify(await Promise.all(got)));
      await notifier.close();`);
    expect({ stdout, stderr }).to.deep.equal({ stdout: "[0,3]\n", stderr: "" });
  });
});
