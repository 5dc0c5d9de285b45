/** A program under test in a process of its own, told from outside by lines and signals. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("./scenes.js", import.meta.url));

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One scene of scenes.ts, playing. */
export class Actor {
  readonly process: ChildProcess;
  /** When it has ended. */
  readonly end: Promise<End>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;

  /** Plays a scene; on a terminal of its own if asked (script(1) gives it one). */
  constructor(scene: string, terminal = false) {
    const command = `exec ${process.execPath} ${program} ${scene}`;
    const stdio: ["pipe", "pipe", "inherit"] = ["pipe", "pipe", "inherit"];
    this.process = terminal
      ? spawn("script", ["-qec", command, "/dev/null"], { stdio })
      : spawn(process.execPath, [program, scene], { stdio });
    this.end = new Promise((resolve, reject) => {
      this.process.on("error", reject);
      this.process.on("exit", (code, signal) => resolve({ code, signal }));
    });
    this.#reader = createInterface({ input: this.process.stdout as NodeJS.ReadableStream });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /** The next line that it says, as JSON. */
  async said(): Promise<unknown> {
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`it ended instead: ${JSON.stringify(await this.end)}`);
    return JSON.parse((value as string).replaceAll("^C", "")); // a terminal shows what is typed
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** Types on its terminal, or writes to its standard input. */
  type(text: string): void {
    this.process.stdin?.write(text);
  }

  /** Sends a signal by plain kill(2), unless it has ended. */
  kill(signal: NodeJS.Signals): void {
    const { exitCode, signalCode } = this.process;
    if (exitCode === null && signalCode === null) process.kill(this.pid, signal);
  }
}
