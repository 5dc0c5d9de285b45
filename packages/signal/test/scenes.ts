/**
 * Programs that the tests play in a process of their own, since dispositions and masks belong to
 * one. Each says in lines of JSON how far it has come.
 */
import { execFileSync, spawn } from "node:child_process";
import { pbkdf2 } from "node:crypto";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { openNotifier } from "@pike-io/notifier-native";
import { Signal, type SignalName } from "@pike-io/signal";
import { bit, isCounted, masksIn, signalfdMask, threadMasks } from "./stage.js";
import type { WorkerOrder } from "./worker.js";

/** What was seen of a flood. */
export interface Flood {
  readonly different: number;
  readonly ordered: boolean;
}

const SIGTERM = 15;
const SIGUSR2 = 12;

const say = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value)}\n`);
};

const main = (): ReturnType<typeof masksIn> => {
  const masks = threadMasks().get(process.pid);
  if (masks === undefined) throw new Error("no main thread");
  return masks;
};

/** Threads that don't block the signal. */
const openThreads = (number: number): number =>
  [...threadMasks().values()].filter((masks) => (masks.blocked & bit(number)) === 0n).length;

async function startWorker(...names: SignalName[]): Promise<Worker> {
  const order: WorkerOrder = { names };
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
  await once(worker, "message");
  return worker;
}

/** Says what pike sees and what process.on sees; SIGTERM takes the listener off, then ends it. */
async function both(pikeFirst: boolean): Promise<void> {
  const notifier = openNotifier();
  const listener = (): void => say("listener");
  if (!pikeFirst) process.on("SIGUSR2", listener);
  const signals = Signal.open(notifier, ["SIGUSR2", "SIGTERM"]);
  if (pikeFirst) process.on("SIGUSR2", listener);
  say("ready");
  for (;;) {
    const { name } = await signals.wait();
    if (name === "SIGUSR2") {
      say("pike");
      continue;
    }
    if (process.listenerCount("SIGUSR2") === 0) break;
    process.off("SIGUSR2", listener);
    // The runtime has put the default back. With kqueue the next wait sees to that.
    signals.wait({ timeoutMs: 0 }).catch(() => say("off"));
  }
  await notifier.close();
}

const scenes: { readonly [name: string]: () => Promise<void> } = {
  async wait() {
    const notifier = openNotifier();
    const names: SignalName[] = ["terminate", "interrupt", "quit", "hup"];
    if (notifier.backend !== "kqueue") names.push("SIGRTMIN+3");
    const signals = Signal.open(notifier, names);
    say("ready");
    for (let i = 0; i < names.length; i++) say(await signals.wait());
    await notifier.close();
  },

  async terminal() {
    const notifier = openNotifier();
    const signals = Signal.open(notifier, "interrupt");
    for (let i = 0; i < 3; i++) {
      say("ready");
      say(await signals.wait());
    }
    await signals.close();
    say("closed");
    setInterval(() => undefined, 1_000);
    process.stdin.resume();
  },

  async touched() {
    const before = main();
    const notifier = openNotifier();
    const signals = Signal.open(notifier, ["SIGUSR2", "SIGRTMIN+3"]);
    const during = main();
    const open = openThreads(SIGUSR2);
    const read = signalfdMask();
    const child = masksIn(execFileSync("cat", ["/proc/self/status"], { encoding: "utf8" }));
    await signals.close();
    const after = main();
    await notifier.close();
    const hex = (masks: typeof before): object => ({
      blocked: masks.blocked.toString(16),
      ignored: masks.ignored.toString(16),
      caught: masks.caught.toString(16),
    });
    say({
      before: hex(before),
      during: hex(during),
      after: hex(after),
      child: hex(child),
      open,
      read: read.toString(16),
    });
  },

  /** By a handler: whatever is blocked meanwhile is not pike's doing. */
  async handled() {
    const before = main();
    const notifier = openNotifier();
    const signals = Signal.open(notifier, ["SIGUSR2", "SIGWINCH"]);
    const during = main();
    const child = masksIn(execFileSync("cat", ["/proc/self/status"], { encoding: "utf8" }));
    await signals.close();
    const after = main();
    await notifier.close();
    const hex = ({ ignored, caught }: typeof before): object => ({
      ignored: ignored.toString(16),
      caught: caught.toString(16),
    });
    say({ before: hex(before), during: hex(during), after: hex(after), child: hex(child) });
  },

  /** What a child begins with, and what this thread blocks, while somebody waits. */
  async blocking() {
    const before = main().blocked;
    const notifier = openNotifier();
    const signals = Signal.open(notifier, ["SIGUSR2", "SIGTERM"]);
    const during = main().blocked;
    const child = masksIn(execFileSync("cat", ["/proc/self/status"], { encoding: "utf8" }));
    await signals.close();
    await notifier.close();
    say([during === before, child.blocked.toString(16)]);
  },

  pikeFirst: () => both(true),
  listenerFirst: () => both(false),

  /** The worker opens, the main thread never loads the binary; then the worker is gone. */
  async workerGone() {
    const before = main();
    const worker = await startWorker("SIGTERM", "SIGUSR2");
    say("open");
    const [first] = (await once(worker, "message")) as [string];
    say(first);
    await worker.terminate();
    const after = main();
    say(after.blocked === before.blocked && after.caught === before.caught);
    setInterval(() => undefined, 1_000);
  },

  async workerGoneOthersStay() {
    const worker = await startWorker("SIGUSR2");
    const other = await startWorker("SIGUSR2");
    const notifier = openNotifier();
    const signals = Signal.open(notifier, "SIGUSR2");
    const inOther = once(other, "message");
    await worker.terminate();
    say("ready");
    const { name } = await signals.wait();
    say([name, ...(await inOther)]);
    other.postMessage("stop");
    await once(other, "exit");
    process.kill(process.pid, "SIGUSR2");
    const { pid } = await signals.wait();
    say(pid === process.pid || (pid === null && isCounted));
    await notifier.close();
  },

  /** Workers are ended at every stage of opening, waiting and closing, with signals under way. */
  async workersEndAnywhere() {
    let seen = 0;
    process.on("SIGUSR2", () => {
      seen++;
    });
    const before = main();
    say("ready");
    for (let i = 0; i < 40; i++) {
      const order: WorkerOrder = { names: ["SIGUSR2", "SIGTERM"] };
      const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: order });
      const stage = new Promise((resolve) => setTimeout(resolve, i * 3));
      await Promise.race([stage, once(worker, "message")]);
      if (i % 4 === 0) worker.postMessage("stop");
      await worker.terminate();
    }
    const after = main();
    say(after.blocked === before.blocked && after.caught === before.caught);
    const last = seen;
    while (seen === last) await new Promise(setImmediate);
    say("alive");
    process.exit();
  },

  /** Counts a flood while threads of every kind come, go and compute. */
  async flood() {
    const notifier = openNotifier();
    let busy = true;
    const compute = (): void => {
      if (busy) pbkdf2("a", "b", 20_000, 32, "sha256", compute);
    };
    for (let i = 0; i < 4; i++) compute();
    const signals = Signal.open(notifier, "SIGRTMIN+4");
    const others = Signal.open(notifier, "SIGRTMIN+4");
    const workers = [startWorker("SIGUSR2"), startWorker("SIGUSR2")];
    say("ready");
    const count = async (signal: Signal): Promise<Flood> => {
      const seen = new Set<number | null>();
      let ordered = true;
      for (let i = 0; i < 100_000; i++) {
        const { value } = await signal.wait();
        if (value !== i) ordered = false;
        seen.add(value);
      }
      return { different: seen.size, ordered };
    };
    say(await Promise.all([count(signals), count(others)]));
    busy = false;
    for (const worker of await Promise.all(workers)) await worker.terminate();
    await notifier.close();
  },

  /** libuv learns of ended children by SIGCHLD, which pike takes over meanwhile. */
  async children() {
    const notifier = openNotifier();
    const signals = Signal.open(notifier, "SIGCHLD");
    const child = spawn("true");
    const [[code], { pid }] = await Promise.all([once(child, "exit"), signals.wait()]);
    say([code, pid === child.pid || (pid === null && isCounted)]);
    await notifier.close();
    const [again] = (await once(spawn("true"), "exit")) as [number];
    say(again);
  },

  async exitWhileOpen() {
    Signal.open(openNotifier(), ["SIGTERM", "SIGUSR2"]).wait();
    say("ready");
    await once(process.stdin, "data");
    process.exit(7);
  },

  async unref() {
    const signals = Signal.open(openNotifier(), "SIGTERM").unref();
    signals.wait();
    say("ready");
  },

  async closeUnread() {
    const notifier = openNotifier();
    for (let i = 0; i < 20; i++) {
      const signals = Signal.open(notifier, "SIGTERM");
      process.kill(process.pid, SIGTERM);
      await signals.close();
    }
    await notifier.close();
    say("alive");
  },
};

const scene = scenes[process.argv[2] ?? ""];
if (scene === undefined) throw new Error(`no scene ${process.argv[2]}`);
await scene();
