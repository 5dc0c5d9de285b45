/** A server process, as the main program sees it. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

/** "pike" or "node": its addresses, and answers to questions. */
export class ServerProcess {
  #child;
  #waiting = new Map();
  #nextId = 0;
  /** The addresses by server name, and for each missing one the reason. */
  addresses = {};
  missing = {};
  /** "pike" or "node". */
  kind;

  /** Starts the process and waits until its servers listen. */
  static async start(kind, folder, corrupt) {
    const server = new ServerProcess();
    server.kind = kind;
    await server.#start(kind, folder, corrupt);
    return server;
  }

  /** The CPU time it has used so far, in microseconds. */
  cpu() {
    return this.#ask("cpu");
  }

  /** What one of its servers received since the last call: { sha256, bytes } of each connection. */
  receipts(server) {
    return this.#ask("receipts", server);
  }

  /** Ends it. */
  close() {
    if (this.#child.connected) this.#child.disconnect();
  }

  #start(kind, folder, corrupt) {
    const path = fileURLToPath(new URL(`${kind}.mjs`, import.meta.url));
    this.#child = fork(path, corrupt === null ? [folder] : [folder, corrupt], { execArgv: [] });
    return new Promise((resolve, reject) => {
      this.#child.once("exit", (code, signal) => {
        const error = new Error(`the ${kind} server ended early: ${signal ?? `exit code ${code}`}`);
        reject(error);
        for (const { reject: fail } of this.#waiting.values()) fail(error);
      });
      this.#child.on("message", ({ ready, id, answer }) => {
        if (ready !== undefined) {
          Object.assign(this, ready);
          resolve();
          return;
        }
        this.#waiting.get(id).resolve(answer);
        this.#waiting.delete(id);
      });
    });
  }

  #ask(question, server) {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, question, server });
    });
  }
}
