/** Runs an example as a person would, in a process of its own, and reads what it prints. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const PTY = "import os,pty,sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";

/** Starts examples/`name`; on a pseudo-terminal with `terminal`. */
export function start(name, args = [], { terminal = false, env = process.env } = {}) {
  const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
  const command = [process.execPath, path, ...args];
  const child = terminal
    ? spawn("python3", ["-c", PTY, ...command], { env })
    : spawn(command[0], command.slice(1), { env });
  return new Example(child);
}

/** A running example. */
class Example {
  #child;
  #output = "";
  #errors = "";
  #ended;
  #watchers = new Set();

  constructor(child) {
    this.#child = child;
    this.#ended = once(child, "close");
    child.stdout.setEncoding("utf8").on("data", (text) => this.#took(text));
    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#errors += text;
    });
    this.#ended.then(() => this.#took(""));
  }

  /** The process's number. */
  get pid() {
    return this.#child.pid;
  }

  /** Waits until the output matches, and gives the match. Fails if the example ends before. */
  async seen(pattern) {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#child.exitCode !== null || this.#child.signalCode !== null) {
        await this.#ended;
        const last = pattern.exec(this.#output);
        if (last !== null) return last;
        throw new Error(`ended without ${pattern}:\n${this.#output}${this.#errors}`);
      }
      await new Promise((resolve) => this.#watchers.add(resolve));
    }
  }

  /** Types on its terminal. */
  type(keys) {
    this.#child.stdin.write(keys);
  }

  /** Sends a signal, as kill(1) does; Deno's own `kill` takes every end after it for one by it. */
  kill(signal) {
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null) process.kill(this.pid, signal);
  }

  /** Waits for its end: exit code, signal, what it printed. */
  async end() {
    const [code, signal] = await this.#ended;
    return { code, signal, output: this.#output.replaceAll("\r", ""), errors: this.#errors };
  }

  #took(text) {
    this.#output += text;
    for (const resolve of this.#watchers) resolve();
    this.#watchers.clear();
  }
}
