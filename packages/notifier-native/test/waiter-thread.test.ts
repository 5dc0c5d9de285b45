/**
 * Hazard: a thread that waits for the runtime loses a wake-up, wakes for nothing, starves the loop,
 * or outlives what it waits on.
 */
import { Event } from "@pike-io/event";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { bind, connect, listen } from "@pike-io/socket";
import { expect } from "chai";
import { run } from "./program.js";

const local = { host: "127.0.0.1", port: 0 } as const;

/** So many rounds of the runtime's loop. */
async function rounds(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

describe("how a notifier hears from the loop", () => {
  const show = `
    try { console.log(openNotifier().attachment); }
    catch (error) { console.log(error.name, error.code); }`;

  it("is by libuv's loop in Node, by a thread where that is asked for, and by nothing by hand", async () => {
    const attachments: string[] = [];
    for (const options of [
      { attach: "loop" },
      { attach: "thread" },
      { drive: "manual", attach: "thread" },
    ] as const) {
      const notifier = openNotifier(options);
      attachments.push(notifier.attachment);
      await notifier.close();
    }
    expect(attachments).to.deep.equal(["loop", "thread", "none"]);
    expect((await run(show, { PIKE_ATTACH: "" })).stdout).to.equal("loop\n");
  });

  it("is taken from PIKE_ATTACH, which the option overrides", async () => {
    const env = { PIKE_ATTACH: "thread" };
    expect((await run(show, env)).stdout).to.equal("thread\n");
    const named = show.replace("()", '({ attach: "thread" })');
    expect((await run(named, { PIKE_ATTACH: "no way" })).stdout).to.equal("thread\n");
  });

  it("is refused when it is neither", async () => {
    for (const attach of ["none", 1, null] as never[]) {
      expect(() => openNotifier({ attach }))
        .to.throw(TypeError)
        .with.property("code", "PIKE_TYPE");
    }
    expect((await run(show, { PIKE_ATTACH: "uv" })).stdout).to.equal("TypeError PIKE_TYPE\n");
  });

  it("cannot be the loop where the runtime's is not libuv's, and is the thread there", async () => {
    for (const name of ["bun", "deno"]) {
      const source = `
        Object.defineProperty(process.versions, "${name}", { value: "1.0.0" });
        for (const attach of ["loop", undefined]) {
          try { console.log(openNotifier({ attach }).attachment); }
          catch (error) { console.log(error.code); }
        }`;
      const { stdout } = await run(source, { PIKE_ATTACH: "" });
      expect(stdout).to.equal("PIKE_UNSUPPORTED\nthread\n");
    }
  });
});

describe("a waiter thread", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier({ attach: "thread" });
  });
  afterEach(() => notifier.close());

  it("makes no turn while nothing happens", async () => {
    const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
    const waiting = socket.recvFrom(new Uint8Array(1), { timeoutMs: 60_000 });
    // What opening, registering and a first lap bring about is over after a wake-up or two.
    const event = Event.open(notifier, { mode: "counting" });
    for (let i = 0; i < 3; i++) {
      const posted = event.wait();
      event.post(1);
      await posted;
      await rounds(20);
    }
    const before = notifier.counters.systemCalls;
    await rounds(500);
    expect(notifier.counters.systemCalls).to.equal(before);
    await socket.sendTo(new Uint8Array(1), socket.getBindAddress());
    expect((await waiting).length).to.equal(1);
  });

  it("calls into JavaScript once per wake-up, whatever the number of completions", async () => {
    const events = Array.from({ length: 50 }, () => Event.open(notifier, { mode: "counting" }));
    const waits = events.map((event) => event.wait());
    const before = notifier.counters;
    for (const event of events) event.post(1);
    await Promise.all(waits);
    const after = notifier.counters;
    expect(after.completions - before.completions).to.equal(50);
    // The thread may have been faster than the posts: that makes a few.
    expect(after.batches - before.batches).to.be.within(1, 49);
    expect(after.crossings - before.crossings).to.equal(after.batches - before.batches);
  });

  it("a deadline, a post and a peer's bytes each wake it out of its wait", async () => {
    const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
    const late = await socket.recvFrom(new Uint8Array(1), { timeoutMs: 1 }).catch((e) => e.code);
    expect(late).to.equal("PIKE_TIMEOUT");
    const event = Event.open(notifier);
    const posted = event.wait();
    await rounds(10);
    event.post();
    expect(await posted).to.equal(1);
    const listener = await listen({ ...local, notifier }, async (peer) => {
      for await (const chunk of peer) await peer.writeAll(chunk);
    });
    const { port } = listener.address as { port: number };
    const peer = await connect({ host: "127.0.0.1", port, notifier });
    for (let i = 0; i < 500; i++) {
      await peer.writeAll(Uint8Array.of(i & 0xff));
      expect((await peer.readChunk())?.[0]).to.equal(i & 0xff);
    }
  });

  it("a stream of wake-ups lets the loop come round: a timer of the runtime fires", async () => {
    const event = Event.open(notifier);
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 20);
    // Every wait is answered by a post of its own, so each turn brings on the next.
    for (let i = 0; !fired; i++) {
      const waiting = event.wait();
      event.post();
      await waiting;
      if (i === 1_000_000) throw new Error("the timer starved");
    }
  });

  it("can be closed from within a completion, and beside a wake-up on its way", async () => {
    for (let i = 0; i < 50; i++) {
      const other = openNotifier({ attach: "thread" });
      const event = Event.open(other, { mode: "counting" });
      const waiting = event.wait();
      event.post(1);
      if (i % 2 === 0) await waiting;
      else waiting.catch(() => {});
      await other.close();
    }
  });
});

describe("a waiter thread at the end", () => {
  const env = { PIKE_ATTACH: "thread" };
  /** Wakes without end, so that the end comes while wake-ups are on their way. */
  const flood = `
    const event = notifier.openEvent("counting");
    const { Event } = await import("@pike-io/event");
    const posted = Event.open(notifier, { mode: "counting" });
    (async () => { for (;;) { posted.post(1); await posted.wait(); } })();
    const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
    (async () => {
      const buffer = new Uint8Array(9);
      for (;;) {
        const received = socket.recvFrom(buffer);
        await socket.sendTo(new Uint8Array(3), socket.getBindAddress());
        await received;
      }
    })();`;

  it("process.exit() amid wake-ups is clean", async () => {
    for (let round = 0; round < 5; round++) {
      const { code, signal, stderr } = await run(
        `const notifier = openNotifier();${flood}
         setTimeout(() => process.exit(7), ${10 + round});`,
        env,
      );
      expect({ code, signal, stderr }).to.deep.equal({ code: 7, signal: null, stderr: "" });
    }
  });

  it("terminate() amid wake-ups frees all, threads too", async () => {
    const worker = JSON.stringify(`
      import { parentPort } from "node:worker_threads";
      import { openNotifier } from "@pike-io/notifier-native";
      import { bind } from "@pike-io/socket";
      const notifier = openNotifier();
      ${flood}
      parentPort.postMessage("there");`);
    const { stdout, stderr } = await run(
      `openNotifier();
      const warm = startWorker("");
      await new Promise((resolve) => warm.on("exit", resolve));
      const before = await held();
      for (let round = 0; round < 8; round++) {
        const worker = startWorker(${worker});
        await new Promise((resolve) => worker.on("message", resolve));
        await new Promise((resolve) => setTimeout(resolve, round));
        await worker.terminate();
      }
      const after = await held();
      console.log(after === before ? "all freed" : \`\${before} → \${after}\`);`,
      env,
    );
    expect({ stdout, stderr }).to.deep.equal({ stdout: "all freed\n", stderr: "" });
  });

  it("where no thread can be made, opening is refused and nothing is left", async () => {
    const { stdout } = await run(
      `import { execFileSync } from "node:child_process";
      const warm = openNotifier({ attach: "thread" });
      await warm.close();
      execFileSync("prlimit", ["--pid", String(process.pid), "--nproc=1"]);
      const before = await held();
      if (process.getuid() === 0) process.setuid(65534);
      let code = "";
      try { openNotifier({ attach: "thread" }); } catch (error) { code = error.code; }
      console.log(code, (await held()) === before ? "all freed" : "something left");
      process.exit(0);`,
      { NODE_V8_COVERAGE: "" },
    );
    expect(stdout).to.equal("PIKE_UNSUPPORTED all freed\n");
  });
});
