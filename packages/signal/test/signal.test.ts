import { contract, type Notifier, type SignalInfo } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { SIGNALS_MAX, Signal, type SignalName } from "@pike-io/signal";
import { expect } from "chai";
import { isCounted, itTold, rejection, SIGRTMIN, thrown } from "./stage.js";

/** A notifier, and how to raise a signal that its handles see. */
interface Ground {
  readonly notifier: Notifier;
  raise(name: string): void;
}

const numbers: { readonly [name: string]: number } = {
  SIGUSR2: 12,
  SIGWINCH: 28,
  "SIGRTMIN+1": SIGRTMIN + 1,
};

const grounds: readonly (readonly [name: string, open: () => Ground])[] = [
  [
    "notifier-memory",
    () => {
      const host = new MemoryNetwork({ seed: 7 }).host("10.0.0.1");
      return {
        notifier: host,
        raise: (name) => host.raise(name, { pid: process.pid, uid: process.getuid?.() ?? 0 }),
      };
    },
  ],
  [
    "notifier-native",
    () => ({
      notifier: openNotifier(),
      raise: (name) => process.kill(process.pid, numbers[name] as number),
    }),
  ],
];

for (const [name, open] of grounds) {
  describe(`Signal over ${name}`, () => {
    const counts = isCounted && name === "notifier-native";
    const told = name === "notifier-native" ? itTold : it;
    let ground: Ground;
    let notifier: Notifier;

    beforeEach(() => {
      ground = open();
      notifier = ground.notifier;
    });

    afterEach(() => notifier.close());

    it("tells name, number, pid, uid and code of a plain kill, or null where the system does not", async () => {
      const signals = Signal.open(notifier, "SIGUSR2");
      const waiting = signals.wait();
      ground.raise("SIGUSR2");
      const nobody = { pid: null, uid: null, code: null, value: null };
      const self = { pid: process.pid, uid: process.getuid?.(), code: 0, value: 0 };
      const sender = counts ? nobody : self;
      expect(await waiting).to.deep.equal({ name: "SIGUSR2", number: 12, ...sender });
    });

    it("a signal before the wait is not lost, and one after it wakes", async () => {
      const signals = Signal.open(notifier, ["SIGUSR2"]);
      ground.raise("SIGUSR2");
      expect((await signals.wait()).name).to.equal("SIGUSR2");
      const waiting = signals.wait();
      ground.raise("SIGUSR2");
      expect((await waiting).name).to.equal("SIGUSR2");
    });

    it("several waits of one Signal share its signals in the order they came", async () => {
      const signals = Signal.open(notifier, ["SIGUSR2", "SIGWINCH"]);
      const waits = [signals.wait(), signals.wait(), signals.wait()];
      ground.raise("SIGUSR2");
      expect((await (waits[0] as Promise<SignalInfo>)).name).to.equal("SIGUSR2");
      ground.raise("SIGWINCH");
      expect((await (waits[1] as Promise<SignalInfo>)).name).to.equal("SIGWINCH");
      ground.raise("SIGUSR2");
      expect((await (waits[2] as Promise<SignalInfo>)).name).to.equal("SIGUSR2");
      expect(signals.counters.completions).to.be.at.least(3);
    });

    it("several Signals see every signal that they asked for, and no other", async () => {
      const first = Signal.open(notifier, ["SIGUSR2", "SIGWINCH"]);
      const second = Signal.open(notifier, "SIGUSR2");
      ground.raise("SIGUSR2");
      ground.raise("SIGWINCH");
      expect((await first.wait()).name).to.equal("SIGUSR2");
      expect((await first.wait()).name).to.equal("SIGWINCH");
      expect((await second.wait()).name).to.equal("SIGUSR2");
      expect((await rejection(second.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
      await first.close();
      ground.raise("SIGUSR2");
      expect((await second.wait()).name).to.equal("SIGUSR2");
    });

    told("queued real-time signals arrive one by one", async () => {
      const signals = Signal.open(notifier, "SIGRTMIN+1");
      for (let i = 0; i < 50; i++) ground.raise("SIGRTMIN+1");
      for (let i = 0; i < 50; i++) await signals.wait();
      expect((await rejection(signals.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
    });

    it("giving up a wait loses no signal", async () => {
      const signals = Signal.open(notifier, "SIGUSR2");
      const controller = new AbortController();
      const waiting = signals.wait({ signal: controller.signal });
      controller.abort("enough");
      const error = await rejection(waiting);
      expect(error.name).to.equal("AbortError");
      expect(error.cause).to.equal("enough");
      ground.raise("SIGUSR2");
      expect((await signals.wait()).name).to.equal("SIGUSR2");
    });

    it("iterates until it is closed, and a break leaves it open", async () => {
      const signals = Signal.open(notifier, "SIGUSR2");
      ground.raise("SIGUSR2");
      for await (const signal of signals) {
        expect(signal.name).to.equal("SIGUSR2");
        break;
      }
      expect(signals.state).to.equal("open");
      const iterator = signals[Symbol.asyncIterator]();
      const step = iterator.next();
      await signals.close();
      expect(await step).to.deep.equal({ done: true, value: undefined });
      expect((await iterator.next()).done).to.equal(true);
      const left = signals[Symbol.asyncIterator]();
      await left.return?.();
      expect((await left.next()).done).to.equal(true);
    });

    it("close ends every wait with PIKE_CLOSED, and may be called again", async () => {
      const signals = Signal.open(notifier, "SIGUSR2");
      const waits = [rejection(signals.wait()), rejection(signals.wait())];
      await signals.close();
      for (const wait of waits) expect((await wait).code).to.equal("PIKE_CLOSED");
      expect(signals.state).to.equal("closed");
      await signals[Symbol.asyncDispose]();
      expect((await rejection(signals.wait())).code).to.equal("PIKE_CLOSED");
      for (const work of [() => signals.ref(), () => signals.unref(), () => signals.counters]) {
        expect(thrown(work).code).to.equal("PIKE_CLOSED");
      }
    });

    it("is disposed of by `using`", async () => {
      const signals = Signal.open(notifier, "SIGUSR2");
      const wait = rejection(signals.wait());
      signals[Symbol.dispose]();
      expect((await wait).code).to.equal("PIKE_CLOSED");
    });

    it("spells out pike's short names, each signal once", async () => {
      const signals = Signal.open(notifier, ["hup", "terminate", "interrupt", "quit", "SIGHUP"]);
      expect(signals.names).to.deep.equal(["SIGHUP", "SIGTERM", "SIGINT", "SIGQUIT"]);
      await signals.close();
    });

    it("opens every signal that can be caught", async () => {
      const standard =
        "HUP INT QUIT TRAP ABRT USR1 USR2 PIPE ALRM TERM STKFLT CHLD CONT TSTP TTIN TTOU URG XCPU " +
        "XFSZ VTALRM WINCH IO PWR SYS";
      const realTime = Array.from({ length: 31 }, (_, index) => `RTMIN+${index}`);
      if (counts) realTime.length = 0;
      else realTime.push("RTMAX", "RTMIN");
      const names = [...standard.split(" "), ...realTime];
      const signals = Signal.open(
        notifier,
        names.map((short) => `SIG${short}` as const),
      );
      ground.raise("SIGWINCH");
      expect((await signals.wait()).name).to.equal("SIGWINCH");
    });

    it("refuses what nobody can wait for, naming it", () => {
      for (const refused of [
        ...["KILL", "STOP", "SEGV", "BUS", "FPE", "ILL", "PROF"],
        ...["FOO", "RTMIN+31", "RTMIN-1", "RTMAX+1", "RTMAX-31"],
      ]) {
        const full: SignalName = `SIG${refused}`;
        const error = thrown(() => Signal.open(notifier, ["SIGUSR2", full]));
        const lacking = counts && refused.startsWith("RT");
        expect(error.code, full).to.equal(lacking ? "PIKE_UNSUPPORTED" : "EINVAL");
        expect(error.message).to.include(full);
      }
    });

    it("refuses wrong types and ranges before anything happens", async () => {
      const any = (value: unknown): SignalName => value as SignalName;
      for (const wrong of [undefined, null, 2, {}, [2], [undefined], ["SIGINT", null]]) {
        expect(thrown(() => Signal.open(notifier, any(wrong))).code).to.equal("PIKE_TYPE");
      }
      const many = new Array<SignalName>(SIGNALS_MAX + 1).fill("SIGUSR2");
      const bad = ["", "INT", "sigint", "SIG", "SIGINT\0", "SIGINT ", "toString", "SIGRTMIN+100"];
      for (const wrong of [[], many, ...bad]) {
        expect(thrown(() => Signal.open(notifier, any(wrong))).code).to.equal("PIKE_RANGE");
      }
      await Signal.open(notifier, many.slice(1)).close();
      const signals = Signal.open(notifier, "SIGUSR2");
      const wrong = [null, 1, { timeoutMs: "1" }, { signal: {} }] as unknown as object[];
      for (const options of wrong) {
        expect((await rejection(signals.wait(options))).code).to.equal("PIKE_TYPE");
      }
      expect((await rejection(signals.wait({ timeoutMs: -1 }))).code).to.equal("PIKE_RANGE");
      expect(thrown(() => Signal.open(any(1) as never, "SIGINT")).code).to.equal("PIKE_TYPE");
    });

    it("refuses a notifier that lacks signals, and a closed one, before anything is opened", async () => {
      const lacking = {
        [contract]: { ...notifier[contract], operations: new Set(["read"]) },
      } as unknown as Notifier;
      expect(thrown(() => Signal.open(lacking, "SIGINT")).code).to.equal("PIKE_UNSUPPORTED");
      const other = open().notifier;
      await other.close();
      expect(thrown(() => Signal.open(other, "SIGINT")).code).to.equal("PIKE_CLOSED");
    });
  });
}
