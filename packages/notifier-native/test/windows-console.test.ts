/**
 * Hazards of a console (lesson 15): two events taken for one, a program ended by Ctrl-C that waited
 * for it, and one ended by its closing window before it has cleaned up.
 */
import { expect } from "chai";
import { type Ended, run } from "./program.js";
import { onStage } from "./windows.js";

const preamble = `
import { createRequire } from "node:module";
import { Signal } from "@pike-io/signal";
const stage = createRequire(import.meta.url)(process.env.PIKE_WINDOWS_STAGE);
const notifier = openNotifier();
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const until = async (holds) => { while (!holds()) await sleep(5); };
`;

const play = (source: string): Promise<Ended> => run(preamble + source);

/** What the console says, and as which signal. */
const events = [
  [0, "SIGINT"],
  [1, "SIGBREAK"],
  [2, "SIGHUP"],
  [5, "SIGLOGOFF"],
  [6, "SIGTERM"],
] as const;

describe("signals of a console", () => {
  for (const [event, name] of events) {
    onStage(`${name} is told apart from the other four`, async () => {
      const { stdout } = await play(`
        const names = ${JSON.stringify(events.map(([, one]) => one))};
        const signals = Signal.open(notifier, names);
        const others = Signal.open(notifier, names.filter((one) => one !== "${name}"));
        stage.speak(${event});
        const { name, code } = await signals.wait();
        const found = await others.wait({ timeoutMs: 50 }).catch((error) => error.code);
        console.log(name, code, found);
        process.exit();`);
      expect(stdout).to.equal(`${name} ${event} PIKE_TIMEOUT\n`);
    });
  }

  onStage("Ctrl-Break is SIGQUIT to who waits for it by that name", async () => {
    const { stdout } = await play(`
      const [one, other] = [["quit"], ["SIGBREAK"]].map((names) => Signal.open(notifier, names));
      stage.speak(1);
      console.log((await one.wait()).name, (await other.wait()).name);
      process.exit();`);
    expect(stdout).to.equal("SIGQUIT SIGBREAK\n");
  });

  onStage("Ctrl-C ends no program that waits for it, and ends one that does no more", async () => {
    const { code, stdout } = await play(`
      const signals = Signal.open(notifier, ["SIGINT"]);
      for (let i = 0; i < 3; i++) {
        stage.speak(0);
        console.log((await signals.wait()).name);
      }
      await signals.close();
      process.exitCode = 9;
      stage.speak(0);
      await sleep(10_000);
      console.log("still there");`);
    expect(stdout).to.equal("SIGINT\n".repeat(3));
    expect(code, "the system's, not the program's").not.to.equal(9);
  });

  for (const [event, name] of events.slice(2)) {
    onStage(`${name} waits for the program's clean-up, however long it takes`, async () => {
      const { code, stdout } = await play(`
        const signals = Signal.open(notifier, ["${name}"]);
        stage.speak(${event});
        await signals.wait();
        for (let i = 0; i < 10; i++) await sleep(30);
        console.log("cleaned up,", stage.speaking(), "handler waits");
        process.exit(5);`);
      expect(stdout).to.equal("cleaned up, 1 handler waits\n");
      expect(code).to.equal(5);
    });

    onStage(`${name} is over when nobody waits for it any more`, async () => {
      const { stdout } = await play(`
        const both = [1, 2].map(() => Signal.open(notifier, ["${name}"]));
        stage.speak(${event});
        await Promise.all(both.map((one) => one.wait()));
        await both[0].close();
        await sleep(100);
        console.log(stage.speaking());
        await both[1].close();
        // The system ends the process now, or leaves it be.
        await until(() => stage.speaking() === 0);`);
      expect(stdout).to.equal("1\n");
    });
  }

  for (const first of ["pike", "process.on"]) {
    onStage(`process.on sees each too, and may leave again: ${first} first`, async () => {
      const listen = `process.on("SIGBREAK", listener);`;
      const open = `const signals = Signal.open(notifier, ["SIGBREAK"]);`;
      const { code, stdout } = await play(`
        let seen = 0;
        const listener = () => seen++;
        ${first === "pike" ? open + listen : listen + open}
        for (let i = 1; i <= 3; i++) {
          stage.speak(1);
          await signals.wait();
          await until(() => seen === i);
        }
        process.off("SIGBREAK", listener);
        stage.speak(1);
        console.log((await signals.wait()).name, seen);
        process.on("SIGBREAK", listener);
        await signals.close();
        stage.speak(1);
        await until(() => seen === 4);
        console.log("seen", seen);
        process.exit(3);`);
      expect(stdout).to.equal("SIGBREAK 3\nseen 4\n");
      expect(code).to.equal(3);
    });
  }

  onStage("a worker's wait ends with it, and leaves the process as it was", async () => {
    const { code, stdout } = await play(`
      const worker = startWorker(\`
        import { parentPort } from "node:worker_threads";
        import { openNotifier } from "@pike-io/notifier-native";
        import { Signal } from "@pike-io/signal";
        const signals = Signal.open(openNotifier(), ["SIGINT"]);
        parentPort.postMessage("open");
        for await (const { name } of signals) parentPort.postMessage(name);\`);
      const told = () => new Promise((resolve) => worker.once("message", resolve));
      console.log(await told());
      stage.speak(0);
      console.log(await told());
      await worker.terminate();
      process.exitCode = 1;
      stage.speak(0);
      await sleep(10_000);
      console.log("still there");`);
    expect(stdout).to.equal("open\nSIGINT\n");
    expect(code).not.to.equal(1);
  });

  onStage("those that a console does not know are refused, naming them", async () => {
    const { stdout } = await play(`
      for (const name of ["SIGKILL", "SIGUSR1", "SIGCHLD", "SIGRTMIN+1"]) {
        try {
          Signal.open(notifier, [name]);
        } catch ({ code, message }) {
          console.log(code, message.includes(name));
        }
      }`);
    expect(stdout).to.match(/^(EINVAL true\n){3}(EINVAL|PIKE_UNSUPPORTED) true\n$/);
  });
});
