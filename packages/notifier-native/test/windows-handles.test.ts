/**
 * Hazards with handles from outside on Windows: one that cannot be waited for hangs, a failure
 * reads as the end (lesson 15), the kernel writes into memory that is gone, a handle stays open.
 */
import { Handle } from "@pike-io/handle";
import type { Notifier, PikeError } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { bind } from "@pike-io/socket";
import { expect } from "chai";
import { run } from "./program.js";
import { onlyOnWindows, onStage, stage } from "./windows.js";

/** The code of what a promise rejects with. */
const rejection = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    (value) => `it resolved, to ${String(value)}`,
    (error: PikeError) => error.code,
  );

const text = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString();

describe("handles from outside, on Windows", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier();
  });
  afterEach(async () => {
    await notifier.close();
    expect(notifier.counters.pending).to.equal(0);
  });

  const ends = (messages = 0): readonly [Handle, Handle] => {
    const [server, client] = stage().pipe(messages);
    return [Handle.adopt(notifier, server), Handle.adopt(notifier, client)];
  };

  onStage("a named pipe carries bytes both ways, waited for or there already", async () => {
    const [server, client] = ends();
    const reading = server.readChunk(100);
    await client.writeAll(Buffer.from("to the server"));
    expect(text(await reading)).to.equal("to the server");
    await server.writeAll(Buffer.from("and back"));
    expect(text(await client.readChunk(3))).to.equal("and");
    expect(await client.wait("read")).to.deep.equal({ readable: true, writable: false });
    expect(text(await client.readChunk(100))).to.equal(" back");
  });

  onStage(
    "a reader that waits holds no memory, and may be given up without losing a byte",
    async () => {
      const [server, client] = ends();
      for (let i = 0; i < 50; i++) {
        const controller = new AbortController();
        const reading = server.readChunk(8, { signal: controller.signal });
        const writing = client.writeAll(Uint8Array.of(i));
        if (i % 2 === 0) await new Promise(setImmediate);
        controller.abort();
        const found = await reading.catch(() => null);
        await writing;
        expect((found ?? (await server.readChunk(8)))?.[0]).to.equal(i);
      }
    },
  );

  onStage("the end of a pipe is 0, and a write to nobody is EPIPE", async () => {
    const [server, client] = ends();
    await client.writeAll(Buffer.from("last"));
    const reading = server.readChunk(100);
    expect(text(await reading)).to.equal("last");
    const waiting = server.read(new Uint8Array(4));
    await client.close();
    expect(await waiting).to.equal(0);
    expect(await server.read(new Uint8Array(4))).to.equal(0);
    expect(await rejection(server.writeAll(Buffer.from("x")))).to.equal("EPIPE");
  });

  onStage("a full pipe holds its writer back, and closing ends it with what it moved", async () => {
    const [server, client] = ends();
    const writing = client.writeAll(new Uint8Array(1 << 20)).catch((error: PikeError) => error);
    const next = rejection(client.writeAll(Uint8Array.of(1)));
    expect((await server.readChunk(1_000))?.byteLength).to.be.greaterThan(0);
    await client.close();
    const error = (await writing) as PikeError;
    expect(error.code).to.equal("PIKE_CLOSED");
    expect(await next).to.equal("PIKE_CLOSED");
  });

  onStage("a pipe of messages gives each by itself, and the rest of a long one next", async () => {
    const [server, client] = ends(1);
    const reading = server.readChunk(100);
    for (const message of ["one", "two", "a long one"]) {
      await client.writeAll(Buffer.from(message));
    }
    expect(text(await reading)).to.equal("one");
    expect(text(await server.readChunk(100))).to.equal("two");
    expect(text(await server.readChunk(6))).to.equal("a long");
    expect(text(await server.readChunk(100))).to.equal(" one");
  });

  onlyOnWindows(
    "what came of a refused datagram is not taken for the next operation's",
    async () => {
      const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const { port } = socket.getBindAddress() as { port: number };
      const to = { family: "ipv4", address: "127.0.0.1", port } as const;
      for (let round = 0; round < 50; round++) {
        const reading = socket.recvFrom(new Uint8Array(8));
        expect(await rejection(socket.sendTo(new Uint8Array(65_520), to))).to.equal("EMSGSIZE");
        const other = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
        const waiting = other.recvFrom(new Uint8Array(8));
        await new Promise(setImmediate);
        await socket.sendTo(Uint8Array.of(round), other.getBindAddress());
        expect((await waiting).length).to.equal(1);
        await other.sendTo(Uint8Array.of(round), to);
        expect((await reading).length).to.equal(1);
        await other.close();
      }
      expect(notifier.counters.stale).to.equal(0);
    },
  );

  onStage("what cannot be waited for is PIKE_UNSUPPORTED at once, and stays open", () => {
    const [read, write] = stage().blockingPipe();
    const file = stage().file();
    // The runtime's own threads may open one meanwhile: not each time.
    let kept = -1;
    for (let round = 0; kept !== 0 && round < 20; round++) {
      const before = stage().handles();
      for (const handle of [read, write, file]) {
        expect(() => Handle.adopt(notifier, handle))
          .to.throw()
          .with.property("code", "PIKE_UNSUPPORTED");
      }
      kept = stage().handles() - before;
    }
    expect(kept).to.equal(0);
    for (const handle of [read, write, file]) stage().close(handle);
  });

  onStage("a closed handle is EBADF, one in a notifier PIKE_IN_USE", () => {
    const [server, client] = stage().pipe(0);
    stage().close(client);
    const adopt = (): unknown => Handle.adopt(notifier, client);
    expect(adopt).to.throw().with.property("code", "EBADF");
    Handle.adopt(notifier, server);
    const again = (): unknown => Handle.adopt(notifier, server);
    expect(again).to.throw().with.property("code", "PIKE_IN_USE");
    const other = openNotifier();
    const elsewhere = (): unknown => Handle.adopt(other, server);
    expect(elsewhere).to.throw().with.property("code", "PIKE_IN_USE");
    void other.close();
  });

  onStage("closing gives every handle back, whatever is under way", async () => {
    const play = async (): Promise<void> => {
      const own = openNotifier();
      const handles = stage()
        .pipe(0)
        .map((one) => Handle.adopt(own, one));
      const pending = handles.map((one) => rejection(one.readChunk(10)));
      const socket = own.openSocket({ family: "ipv4", type: "stream" });
      own.bind(socket, { family: "ipv4", address: "127.0.0.1", port: 0 });
      own.listen(socket, 8);
      await own.close();
      expect(await Promise.all(pending)).to.deep.equal(["PIKE_CLOSED", "PIKE_CLOSED"]);
    };
    for (let i = 0; i < 5; i++) await play(); // the system keeps some that the first ones needed
    const before = stage().handles();
    for (let i = 0; i < 5; i++) await play();
    // A thread that has ended may still be letting go.
    for (let i = 0; i < 200 && stage().handles() > before; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(stage().handles()).to.be.at.most(before);
  });

  for (const [what, source] of Object.entries({
    listening: `await listen({ host: "127.0.0.1", port: 0, notifier }, () => {});`,
    "reading and writing": `
      const listener = await listen({ host: "127.0.0.1", port: 0, notifier });
      const peer = await connect({ host: "127.0.0.1", port: listener.address.port, notifier });
      peer.read(new Uint8Array(9)).catch(() => {});
      for (let i = 0; i < 50; i++) peer.writeAll(new Uint8Array(1 << 20)).catch(() => {});`,
    "a datagram socket and an event": `
      const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      socket.recvFrom(new Uint8Array(9)).catch(() => {});
      notifier.openEvent("counting");`,
  })) {
    onStage(`terminate() frees all that a worker holds: ${what}`, async () => {
      const { stdout, stderr } = await run(`
        import { createRequire } from "node:module";
        const stage = createRequire(import.meta.url)(process.env.PIKE_WINDOWS_STAGE);
        const source = ${JSON.stringify(source)};
        const once = async () => {
          const worker = startWorker(\`
            import { openNotifier } from "@pike-io/notifier-native";
            import { connect, listen, bind } from "@pike-io/socket";
            import { parentPort } from "node:worker_threads";
            const notifier = openNotifier();
            \${source}
            parentPort.postMessage("there");
            await new Promise(() => setInterval(() => {}, 1_000));\`);
          await new Promise((resolve) => worker.once("message", resolve));
          await worker.terminate();
        };
        await once();
        const before = stage.handles();
        for (let i = 0; i < 2; i++) await once();
        // A thread that has ended may still be letting go.
        for (let i = 0; i < 200 && stage.handles() > before; i++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        const more = stage.handles() - before;
        console.log(more <= 0 ? "all freed" : \`\${more} more\`);`);
      expect({ stdout, stderr }).to.deep.equal({ stdout: "all freed\n", stderr: "" });
    });
  }
});
