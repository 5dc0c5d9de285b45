/** Who cannot take part is said, and who was asked for by name has to. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { findAvailable } from "../availability.mjs";
import { buildPrograms } from "../build.mjs";
import { BenchError } from "../error.mjs";
import { runShape } from "../interleave.mjs";
import { runIdle } from "../methods/idle.mjs";
import { parseOptions, takingPart } from "../options.mjs";
import { Progress } from "../progress.mjs";
import { shapes } from "../shapes.mjs";

const tool = fileURLToPath(new URL("../main.mjs", import.meta.url));

/** Takes the progress display, and shows it to nobody. */
class Discarding extends Writable {
  /** @override @param {unknown} _text @param {unknown} _encoding @param {() => void} done */
  _write(_text, _encoding, done) {
    done();
  }
}

describe("taking part", function () {
  this.timeout(60_000);
  before(() => {
    buildPrograms();
  });

  it("a subject that is refused is absent, with the reason that it gave", async () => {
    const refused = subjectWith("refused", "echo 'no such ring' >&2; exit 3");
    const allowed = subjectWith("allowed", "echo here");
    const { present, absent } = await findAvailable([refused, allowed]);
    expect(present).to.deep.equal([allowed]);
    expect(absent.map(({ subject }) => subject)).to.deep.equal([refused]);
    expect(absent[0]?.reason).to.match(/ended with exit code 3: no such ring/);
  });

  it("a quick run measures the plain forms and what the marks need, in every shape", () => {
    const quick = parseOptions(["--quick"]);
    const names = (/** @type {string} */ shape) =>
      takingPart(shapeOf(shape), quick).map(({ name }) => name);
    expect(names("tcp-echo-64")).to.include.members(["c-epoll", "pike-epoll", "pike-epoll-read"]);
    expect(names("tcp-echo-64")).to.not.include("pike-epoll-callback");
    expect(names("tcp-idle")).to.include("pike-epoll-callback");
    expect(names("tcp-idle")).to.not.include("bun");
    for (const shape of shapes) expect(takingPart(shape, quick), shape.name).to.not.be.empty;
    expect(parseOptions([]).runs).to.be.at.least(9);
  });

  it("where the time is over no other round is begun, and the last one counts", async () => {
    const options = parseOptions(["--runs", "50", "--seconds", "0.05", "--subjects", "c-epoll"]);
    const progress = new Progress(50, /** @type {NodeJS.WriteStream} */ (new Discarding()));
    const quick = { ...options, timing: { ...options.timing, warmUpSeconds: 0.01 } };
    const { measured } = await runShape(shapeOf("tcp-echo-1"), quick, null, progress, 0);
    expect(measured.map(({ samples }) => samples.length)).to.deep.equal([1]);
  });

  it("idle connections are not begun where the limit of open files is too low", async () => {
    const shape = shapeOf("tcp-idle");
    const timing = { warmUpSeconds: 0, seconds: 1, idleConnections: 2 ** 31, starts: 1 };
    const subject = subjectWith("nobody", "echo here");
    const command = { command: "false", args: [] };
    try {
      await runIdle({ shape, subject, command, timing, pinning: null });
      expect.fail("it ran");
    } catch (error) {
      expect(error).to.be.instanceOf(BenchError);
      expect(/** @type {Error} */ (error).message).to.match(/ulimit -Hn 2147483848/);
    }
  });

  for (const signal of /** @type {const} */ (["SIGINT", "SIGKILL"])) {
    it(`${signal} leaves no process behind`, async () => {
      const args = [tool, "--no-build", "--shapes", "tcp-echo-1", "--subjects", "c-epoll,node"];
      const bench = spawn(process.execPath, [...args, "--seconds", "30"]);
      for await (const line of createInterface({ input: bench.stdout })) {
        if (line.includes("server on processor")) break;
      }
      let children = childrenOf(bench.pid);
      while (children.length < 2) children = childrenOf(bench.pid);
      const ended = once(bench, "exit");
      bench.kill(signal);
      const [code, by] = await ended;
      if (signal === "SIGINT") expect(code).to.equal(130);
      else expect(by).to.equal("SIGKILL");
      // Those of a killed benchmark end when they find their standard input at its end.
      while (children.some(isAlive)) await new Promise((resolve) => setImmediate(resolve));
    });
  }
});

/**
 * @param {string} name
 * @param {string} script for sh
 * @returns {import("../subjects.mjs").Subject}
 */
function subjectWith(name, script) {
  const probe = { command: "sh", args: ["-c", script] };
  return { name, what: name, role: "limit", services: {}, probe };
}

/** @param {string} name */
function shapeOf(name) {
  return /** @type {import("../shapes.mjs").Shape} */ (shapes.find((one) => one.name === name));
}

/** @param {number | undefined} pid */
function childrenOf(pid) {
  const { stdout } = spawnSync("ps", ["--ppid", String(pid), "-o", "pid=,comm="], {
    encoding: "utf8",
  });
  return stdout
    .split("\n")
    .filter((line) => /load|epoll|node/.test(line))
    .map((line) => Number.parseInt(line, 10));
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
