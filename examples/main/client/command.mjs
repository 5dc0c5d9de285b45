/** nc and socat as clients, where the machine has them: a file goes in, the output is hashed. */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { PATIENCE_MS } from "./patience.mjs";

/** The clients found, and for each one not found the reason. */
export function findCommands() {
  const clients = [];
  const notes = [];
  if (spawnSync("socat", ["-V"]).status === 0) clients.push(new CommandClient("socat", socatArgs));
  else notes.push("socat: not on this machine");
  const nc = spawnSync("nc", ["-h"], { encoding: "utf8" });
  if (nc.error !== undefined) notes.push("nc: not on this machine");
  else if (!/\n\s+-N\s/.test(`${nc.stdout}${nc.stderr}`)) {
    notes.push("nc: left out, this one cannot half-close (it has no -N)");
  } else clients.push(new CommandClient("nc", ncArgs));
  return { clients, notes };
}

function socatArgs({ path, host, port }) {
  const wait = `-t${PATIENCE_MS / 1_000}`;
  if (path !== undefined) return [wait, "-", `UNIX-CONNECT:${path}`];
  return [wait, "-", host.includes(":") ? `TCP6:[${host}]:${port}` : `TCP4:${host}:${port}`];
}

function ncArgs({ path, host, port }) {
  return path === undefined ? ["-N", host, String(port)] : ["-N", "-U", path];
}

/** A program that copies its input to a connection and the connection to its output. */
class CommandClient {
  concurrency = 2;
  /** A process for each file is slow to start; pike's server is enough. */
  comparesServers = false;
  #args;

  constructor(name, args) {
    this.name = name;
    this.#args = args;
  }

  /** One run: gives { sha256, bytes } of the echo. */
  async exchange(target, source, onBytes) {
    const input = openSync(source.path);
    const child = spawn(this.name, this.#args(target), { stdio: [input, "pipe", "pipe"] });
    closeSync(input);
    const hash = createHash("sha256");
    let bytes = 0;
    let complaint = "";
    child.stdout.on("data", (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(chunk.length);
    });
    child.stderr.on("data", (chunk) => {
      complaint += chunk;
    });
    await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`${this.name} ended with ${code}: ${complaint.trim()}`));
      });
    });
    return { sha256: hash.digest("hex"), bytes };
  }
}
