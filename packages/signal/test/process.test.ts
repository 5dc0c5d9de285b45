/** Signals as the operating system sends them, to programs in processes of their own. */
import type { SignalInfo } from "@pike-io/notifier";
import { expect } from "chai";
import { Actor } from "./actor.js";
import type { Flood } from "./scenes.js";
import { isCounted, itBlocked, itCounted, itUnblocked, queueSignals, SIGRTMIN } from "./stage.js";

interface Touched {
  readonly before: { blocked: string; ignored: string; caught: string };
  readonly during: Touched["before"];
  readonly after: Touched["before"];
  readonly child: Touched["before"];
  readonly open: number;
  readonly read: string;
}

describe("Signal and the operating system", () => {
  let actor: Actor;

  const play = async (scene: string, terminal = false): Promise<void> => {
    actor = new Actor(scene, terminal);
    expect(await actor.said()).to.be.oneOf(["ready", "open"]);
  };

  const flood = async (): Promise<readonly Flood[]> => {
    await play("flood");
    await queueSignals(actor.pid, SIGRTMIN + 4, 100_000);
    const seen = (await actor.said()) as readonly Flood[];
    expect((await actor.end).code).to.equal(0);
    return seen;
  };

  afterEach(() => {
    if (actor.process.exitCode === null) actor.process.kill("SIGKILL");
  });

  it("a plain kill from another process names the signal and its sender", async () => {
    await play("wait");
    for (const name of ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"] as const) {
      actor.kill(name);
      const { pid, uid, code, ...rest } = (await actor.said()) as SignalInfo;
      expect(rest).to.deep.include({ name, value: isCounted ? null : 0 });
      const sender = isCounted ? [null, null, null] : [process.pid, process.getuid?.(), 0];
      expect([pid, uid, code]).to.deep.equal(sender);
    }
    if (isCounted) return;
    const pid = await queueSignals(actor.pid, SIGRTMIN + 3, 1);
    expect(await actor.said()).to.deep.include({ name: "SIGRTMIN+3", pid, code: -1, value: 0 });
    expect(await actor.end).to.deep.equal({ code: 0, signal: null });
  });

  it("Ctrl-C on a terminal three times, and once more when nobody waits ends the program", async () => {
    await play("terminal", true);
    for (let i = 0; i < 3; i++) {
      if (i > 0) expect(await actor.said()).to.equal("ready");
      actor.type("\u0003");
      // 128 is SI_KERNEL: the terminal has no process.
      const sender = isCounted ? { pid: null, code: null } : { pid: 0, code: 128 };
      expect(await actor.said()).to.deep.include({ name: "SIGINT", ...sender });
    }
    expect(await actor.said()).to.equal("closed");
    actor.type("\u0003");
    expect((await actor.end).code).to.equal(128 + 2);
  });

  itBlocked(
    "a flood of 100,000 queued signals arrives whole, in order, at each of two Signals",
    async () => {
      const each = { different: 100_000, ordered: true };
      expect(await flood()).to.deep.equal([each, each]);
    },
  ).timeout(120_000);

  itUnblocked(
    "a flood of 100,000 queued signals arrives whole at each of two Signals",
    async () => {
      for (const { different } of await flood()) expect(different).to.equal(100_000);
    },
  ).timeout(120_000);

  itUnblocked("blocks nothing, for a child would begin with that", async () => {
    actor = new Actor("blocking");
    expect(await actor.said()).to.deep.equal([true, "0"]);
  });

  itCounted(
    "touches only what was asked for, by a handler, and puts back what it found",
    async () => {
      actor = new Actor("handled");
      const { before, during, after, child } = (await actor.said()) as Touched;
      const asked = (1n << 11n) | (1n << 27n);
      const mask = (text: string): bigint => BigInt(`0x${text}`);
      expect(mask(during.caught) ^ mask(before.caught)).to.equal(asked);
      expect(during.ignored).to.equal(before.ignored);
      expect(after).to.deep.equal(before);
      expect(child).to.deep.equal({ ignored: "0", caught: "0" });
    },
  );

  itBlocked(
    "touches only what was asked for, by signalfd, and puts back what it found",
    async () => {
      actor = new Actor("touched");
      const { before, during, after, child, open, read } = (await actor.said()) as Touched;
      const asked = (1n << 11n) | (1n << BigInt(SIGRTMIN + 2));
      const mask = (text: string): bigint => BigInt(`0x${text}`);
      expect(mask(during.blocked) ^ mask(before.blocked)).to.equal(asked);
      expect(mask(during.caught) ^ mask(before.caught)).to.equal(asked);
      expect(during.ignored).to.equal(before.ignored);
      expect(mask(read)).to.equal(asked);
      expect(open, "threads that don't block it").to.equal(0);
      expect(after).to.deep.equal(before);
      expect([child.blocked, child.ignored, child.caught]).to.deep.equal(["0", "0", "0"]);
    },
  );

  for (const scene of ["pikeFirst", "listenerFirst"]) {
    it(`process.on sees each signal too, and may leave again: ${scene}`, async () => {
      await play(scene);
      for (let i = 0; i < 10; i++) {
        actor.kill("SIGUSR2");
        expect([await actor.said(), await actor.said()].sort()).to.deep.equal(["listener", "pike"]);
      }
      actor.kill("SIGTERM");
      expect(await actor.said()).to.equal("off");
      for (let i = 0; i < 3; i++) {
        actor.kill("SIGUSR2");
        expect(await actor.said()).to.equal("pike");
      }
      actor.kill("SIGTERM");
      expect(await actor.end).to.deep.equal({ code: 0, signal: null });
    });
  }

  it("a worker that opened it and was terminated leaves the process as it was", async () => {
    await play("workerGone");
    actor.kill("SIGUSR2");
    expect(await actor.said()).to.equal("SIGUSR2");
    expect(await actor.said(), "masks and dispositions as before").to.equal(true);
    actor.kill("SIGTERM");
    expect(await actor.end).to.deep.equal({ code: null, signal: "SIGTERM" });
  });

  it("a worker that opened it and was terminated takes nothing from the others", async () => {
    await play("workerGoneOthersStay");
    actor.kill("SIGUSR2");
    expect(await actor.said()).to.deep.equal(["SIGUSR2", "SIGUSR2"]);
    expect(await actor.said()).to.equal(true);
    expect((await actor.end).code).to.equal(0);
  });

  it("workers that end at any stage of a wait leave the process as it was, and alive", async () => {
    await play("workersEndAnywhere");
    const sender = setInterval(() => actor.kill("SIGUSR2"), 1);
    try {
      expect(await actor.said(), "masks and dispositions as before").to.equal(true);
      expect(await actor.said()).to.equal("alive");
    } finally {
      clearInterval(sender);
    }
    expect((await actor.end).code).to.equal(0);
  }).timeout(120_000);

  it("waiting for SIGCHLD takes no child's end from node:child_process", async () => {
    actor = new Actor("children");
    expect(await actor.said()).to.deep.equal([0, true]);
    expect(await actor.said()).to.equal(0);
    expect((await actor.end).code).to.equal(0);
  });

  it("process.exit with an open wait ends with its own code", async () => {
    await play("exitWhileOpen");
    actor.kill("SIGUSR2");
    actor.type("\n");
    expect(await actor.end).to.deep.equal({ code: 7, signal: null });
  });

  it("an unref'd wait lets the program end", async () => {
    await play("unref");
    expect(await actor.end).to.deep.equal({ code: 0, signal: null });
  });

  it("a signal unread at close does not end the program", async () => {
    actor = new Actor("closeUnread");
    expect(await actor.said()).to.equal("alive");
    expect((await actor.end).code).to.equal(0);
  });
});
