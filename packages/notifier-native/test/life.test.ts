/**
 * Hazard: exit, a terminated worker or an unused notifier aborts the process, hangs it, or leaves
 * descriptors.
 */
import { expect } from "chai";
import { run } from "./program.js";

/** Each leaves a notifier in another stage of its life. */
const stages: Readonly<Record<string, string>> = {
  "just opened": "",
  "opened by hand": 'openNotifier({ drive: "manual" });',
  "a second one, closed": "await openNotifier().close();",
  "a close under way": "notifier.close();",
  listening: 'await listen({ host: "127.0.0.1", port: 0, notifier }, () => {});',
  "accepting by iteration": `
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    listener[Symbol.asyncIterator]().next();`,
  "reading and writing": `
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier }, async (peer) => {
      for await (const chunk of peer) await peer.writeAll(chunk);
    });
    const peer = await connect({ host: "127.0.0.1", port: listener.address.port, notifier });
    peer.read(new Uint8Array(9), { timeoutMs: 60_000 }).catch(() => {});
    for (let i = 0; i < 50; i++) peer.writeAll(new Uint8Array(1 << 20)).catch(() => {});`,
  "a close of a socket under way": `
    const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
    socket.recvFrom(new Uint8Array(9)).catch(() => {});
    socket.close();`,
  "a datagram socket, an event and a timer": `
    const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
    socket.recvFrom(new Uint8Array(9)).catch(() => {});
    notifier.openEvent("counting");`,
};

const open = "const notifier = openNotifier();";

describe("the end of a process", () => {
  for (const [stage, source] of Object.entries(stages)) {
    it(`process.exit() is clean with a notifier that is: ${stage}`, async () => {
      const { code, signal, stderr } = await run(`${open}${source}\nprocess.exit(7);`);
      expect({ code, signal, stderr }).to.deep.equal({ code: 7, signal: null, stderr: "" });
    });
  }

  it("an open notifier without pending requests does not keep the process", async () => {
    const { code } = await run(
      `${open} await bind({ type: "udp", address: "::1", port: 0, notifier });`,
    );
    expect(code).to.equal(0);
  });

  it("a pending request keeps it, and an unref'd handle or notifier does not", async () => {
    const waiting = `${open}
      const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const end = (what) => () => { console.log(what); };
      socket.recvFrom(new Uint8Array(1), { timeoutMs: 50 }).then(end("got"), end("waited"));`;
    expect((await run(waiting)).stdout).to.equal("waited\n");
    expect((await run(`${waiting} socket.unref();`)).stdout).to.equal("");
    expect((await run(`${waiting} notifier.unref();`)).stdout).to.equal("");
    expect((await run(`${waiting} socket.unref(); socket.ref();`)).stdout).to.equal("waited\n");
    expect((await run(`${waiting} notifier.unref(); notifier.ref();`)).stdout).to.equal("waited\n");
  });
});

describe("worker threads", () => {
  const worker = (source: string): string =>
    JSON.stringify(`
      import { parentPort } from "node:worker_threads";
      import { openNotifier } from "@pike-io/notifier-native";
      import { Socket, bind, connect, listen } from "@pike-io/socket";
      const notifier = openNotifier();
      ${source}
      parentPort.postMessage("there");`);

  const counting = `
    openNotifier();
    const warm = startWorker("");
    await new Promise((resolve) => warm.on("exit", resolve));
    const before = await held();`;

  for (const [stage, source] of Object.entries(stages)) {
    it(`terminate() frees all that a worker holds: ${stage}`, async () => {
      const ended = await run(`${counting}
        for (let round = 0; round < 3; round++) {
          const worker = startWorker(${worker(source)});
          await new Promise((resolve) => worker.on("message", resolve));
          await worker.terminate();
        }
        const after = await held();
        console.log(after === before ? "all freed" : \`\${before} → \${after}\`);
        process.exit(0);`);
      expect(ended).to.deep.equal({ code: 0, signal: null, stdout: "all freed\n", stderr: "" });
    });
  }

  it("terminate() ends a worker that polls by hand for ever", async () => {
    const { stdout } = await run(`
      const worker = startWorker(${worker(`
        const manual = openNotifier({ drive: "manual" });
        parentPort.postMessage("there");
        for (;;) manual.poll(-1);`)});
      await new Promise((resolve) => worker.on("message", resolve));
      console.log(await worker.terminate());`);
    expect(stdout).to.equal("1\n");
  });

  it("a worker that loaded the binary first may go: the process works on", async () => {
    const { code, stdout } = await run(`
      const worker = startWorker(${worker("await notifier.close();")});
      await new Promise((resolve) => worker.on("exit", resolve));
      const notifier = openNotifier();
      const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      await socket.sendTo(new Uint8Array(3), socket.getBindAddress());
      console.log((await socket.recvFrom(new Uint8Array(9))).length);`);
    expect({ code, stdout }).to.deep.equal({ code: 0, stdout: "3\n" });
  });
});

describe("several notifiers in a thread", () => {
  it("serve one another's peers", async () => {
    const { stdout } = await run(`
      const [one, two] = [openNotifier(), openNotifier()];
      const listener = await listen({ host: "127.0.0.1", port: 0, notifier: one }, async (peer) => {
        for await (const chunk of peer) await peer.writeAll(chunk);
      });
      const peer = await connect({ host: "127.0.0.1", port: listener.address.port, notifier: two });
      await peer.writeAll(Buffer.from("hello"));
      console.log(String(Buffer.from(await peer.readChunk())));
      await two.close(); await one.close();`);
    expect(stdout).to.equal("hello\n");
  });

  it("refuse a descriptor that the other one holds", async () => {
    const { stdout } = await run(`
      const [one, two] = [openNotifier(), openNotifier()];
      const socket = Socket.open("ipv4", "stream").registerTo(one);
      for (const notifier of [one, two]) {
        try { Handle.adopt(notifier, socket.fd); } catch (error) { console.log(error.code); }
      }
      process.exit();`);
    expect(stdout).to.equal("PIKE_IN_USE\nPIKE_IN_USE\n");
  });
});
