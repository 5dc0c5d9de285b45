/**
 * A child process that speaks in lines: the servers under test and the load generator.
 *
 * Children end when their standard input ends, so none outlives this process however it dies.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { BenchError } from "./error.mjs";
import { pinned } from "./pinning.mjs";

/** How much of a child's standard error is kept for the message when it fails. */
const STDERR_CHARACTERS = 2000;

/** How long a server may take to answer a question, with nothing else to do. */
const ANSWER_MS = 5000;

/** How long a child may take to end by itself before it is killed. */
const STOP_MS = 2000;

/** Those running now. @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();

/** Kills every child at once: for an end by a signal, when nothing can be awaited any more. */
export function killChildren() {
  for (const child of running) child.kill("SIGKILL");
}

/** One running child. */
export class Child {
  #name;
  #process;
  /** @type {AsyncIterator<string, undefined>} */
  #lines;
  #stderr = "";
  /** @type {Promise<unknown>} */
  #ended;

  /**
   * @param {string} name for messages
   * @param {import("./subjects.mjs").ServerCommand} command
   * @param {number} [processor] to run it on; any, if absent
   */
  constructor(name, { command, args, env = {} }, processor) {
    this.#name = name;
    const [program, words] = pinned(processor, command, args);
    this.#process = spawn(program, words, { env: { ...process.env, ...env } });
    running.add(this.#process);
    // A child that ends early breaks the pipe; that it ended is found out by reading.
    this.#process.stdin.on("error", () => {});
    this.#process.stderr.setEncoding("utf8");
    this.#process.stderr.on("data", (text) => {
      this.#stderr = (this.#stderr + text).slice(-STDERR_CHARACTERS);
    });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
    this.#ended = once(this.#process, "close").catch((error) => {
      this.#stderr += error.message;
    });
    this.#ended.then(() => running.delete(this.#process));
  }

  /** The process id; the program's own, also under taskset. */
  get pid() {
    const { pid } = this.#process;
    if (pid === undefined) throw new BenchError(`${this.#name} could not be started`);
    return pid;
  }

  /**
   * The next line that the child prints. Rejects when it ends instead, or prints nothing in time.
   * @param {number} timeoutMs
   * @returns {Promise<string>}
   */
  async line(timeoutMs) {
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => {
        reject(new BenchError(`${this.#name} said nothing for ${timeoutMs / 1000} s`));
      }, timeoutMs);
    });
    try {
      const { value } = await Promise.race([
        this.#lines.next(),
        /** @type {Promise<never>} */ (late),
      ]);
      if (value !== undefined) return value;
    } finally {
      clearTimeout(timer);
    }
    await this.#ended;
    throw new BenchError(`${this.#name} ended ${this.#ending()}`, this.#stderr.trim());
  }

  /**
   * Tells the child something.
   * @param {string} line
   */
  say(line) {
    this.#process.stdin.write(`${line}\n`);
  }

  /**
   * What a server answers to an empty line: its counts and its memory.
   * @returns {Promise<Readonly<Record<string, number>>>}
   */
  async ask() {
    this.say("");
    return JSON.parse(await this.line(ANSWER_MS));
  }

  /** Ends its standard input, and kills it if that is not enough. Never rejects. */
  async stop() {
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  /** How it ended, with the one line of its standard error that says most. */
  #ending() {
    const { exitCode, signalCode } = this.#process;
    const how = signalCode === null ? `with exit code ${exitCode}` : `by ${signalCode}`;
    const lines = this.#stderr.split("\n").filter((line) => line.trim() !== "");
    const line = lines.find((text) => /^\w*Error\b/.test(text)) ?? lines.at(-1);
    return line === undefined ? how : `${how}: ${line.trim()}`;
  }
}
