/**
 * Hazard: a worker is terminated, or a child process is started, while the kernel works for the
 * ring: memory that is gone is written to, descriptors stay open, or a child holds the ring.
 */
import { expect } from "chai";
import { run } from "./program.js";
import { test } from "./uring.js";

/** How often a worker is terminated in each stage. */
const ROUNDS = 2;

/** What a worker has under way, by name; `peer` is connected, its other end takes nothing. */
const stages: { readonly [name: string]: string } = {
  "with nothing under way": "",
  "that reads": "peer.readChunk().catch(() => {});",
  "whose reads were just given up": `
    const abort = new AbortController();
    peer.readChunk({ signal: abort.signal }).catch(() => {});
    await null;
    abort.abort();`,
  "that accepts": `
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    listener.accept().catch(() => {});
    await turn();`,
  "that writes": "peer.writeAll(new Uint8Array(20_000_000)).catch(() => {});",
  "that writes what is lent": `
    peer.writeAll(notifier.allocate(20_000_000)).catch(() => {});`,
  "that writes what is lent, and has waited for it": `
    peer.writeAll(notifier.allocate(20_000_000)).catch(() => {});
    while (peer.counters.bytesWritten === 0) await turn();`,
  "that closes what is lent": `
    peer.writeAll(notifier.allocate(20_000_000)).catch(() => {});
    while (peer.counters.bytesWritten === 0) await turn();
    peer.close();`,
  "that writes copies": `
    peer.set("sendBuffer", 10_000);
    for (let i = 0; i < 30; i++) peer.writeAll(new Uint8Array(16_000)).catch(() => {});
    await turn();`,
  "that has written and not had its turn": "peer.writeAll(new Uint8Array(5_000)).catch(() => {});",
  "that closes its notifier": `
    peer.readChunk().catch(() => {});
    peer.writeAll(new Uint8Array(20_000_000)).catch(() => {});
    notifier.close();`,
};

const pollingByHand = {
  "that polls by hand": `
    const byHand = openNotifier({ backend: "io_uring", drive: "manual" });
    parentPort.postMessage(0);
    for (;;) byHand.poll(-1);`,
};

const program = `
  import net from "node:net";
  import { once } from "node:events";
  import { readdirSync, readlinkSync } from "node:fs";
  // The runtime's own pipes and files come and go, a sanitizer's log among them.
  const ours = /^(socket|anon_inode):/;
  const targetOf = (fd) => {
    try {
      return readlinkSync("/proc/self/fd/" + fd);
    } catch {
      return "";
    }
  };
  const list = () => readdirSync("/proc/self/fd").map(targetOf).filter((one) => ours.test(one));
  const peers = new Set();
  const server = net.createServer({ pauseOnConnect: true }, (peer) => {
    peers.add(peer);
    peer.on("error", () => {});
    peer.on("close", () => peers.delete(peer));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const round = async (stage) => {
    const worker = startWorker(\`
      import { parentPort } from "node:worker_threads";
      import { openNotifier } from "@pike-io/notifier-native";
      import { connect, listen } from "@pike-io/socket";
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      const notifier = openNotifier({ backend: "io_uring" });
      const port = \${server.address().port};
      const peer = await connect({ host: "127.0.0.1", port, notifier });
      \${stage}
      parentPort.postMessage(0);\`);
    worker.on("error", (error) => console.log(error));
    await once(worker, "message");
    await worker.terminate();
    for (const peer of peers) {
      peer.destroy();
      await once(peer, "close");
    }
  };
  const stages = JSON.parse(process.env.STAGES);
  await round("");
  await workersGone();
  const before = list();
  for (const [name, stage] of Object.entries(stages)) {
    for (let i = 0; i < ${ROUNDS}; i++) await round(stage);
    await workersGone();
    const after = list();
    if (after.length > before.length) console.log(name, before, after);
  }
  server.close();`;

describe("io_uring in a worker that is terminated", () => {
  const letGo = async (env: Readonly<Record<string, string>>): Promise<void> => {
    const ended = await run(program, env);
    expect(ended).to.deep.equal({ code: 0, signal: null, stdout: "", stderr: "" });
  };

  for (const sends of ["batch", "turn"]) {
    test(`in each stage of its work, sending by "${sends}": all is let go`, () =>
      letGo({ STAGES: JSON.stringify(stages), PIKE_URING_SENDS: sends }));
  }

  test("polling by hand for ever: all is let go", () =>
    letGo({ STAGES: JSON.stringify(pollingByHand) }));
});

describe("io_uring and child processes", () => {
  test("nothing of a ring's goes to a child", async () => {
    const { code, stdout, stderr } = await run(`
      import { spawnSync } from "node:child_process";
      // A child's own: standard streams, and what it opens to look.
      const list = () => spawnSync("ls", ["/proc/self/fd"], { encoding: "utf8" }).stdout;
      const before = list();
      const notifier = openNotifier({ backend: "io_uring" });
      const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
      const { port } = listener.address;
      const accepted = listener.accept();
      const client = await connect({ host: "127.0.0.1", port, notifier });
      const peer = await accepted;
      const reading = peer.read(new Uint8Array(9));
      const after = list();
      await client.writeAll(new Uint8Array(9));
      const count = await reading;
      for (const one of [peer, client, listener]) await one.close();
      await notifier.close();
      console.log(before === after, count);`);
    expect([code, stdout, stderr]).to.deep.equal([0, "true 9\n", ""]);
  });
});
