/**
 *  The main figure is a CPU time: it must count every thread, and nothing while a process sleeps.
 */
import { expect } from "chai";
import { Child } from "../child.mjs";
import { cpuMicrosBetween, cpuSnapshot, residentKb } from "../cpu.mjs";

/** Burns 50 ms of CPU in a worker when told to, and prints its own account of all its threads. */
const spinner = `
  const { Worker } = require("node:worker_threads");
  const used = () => { const { user, system } = process.cpuUsage(); return user + system; };
  const burn = "const used = " + used + "; const end = used() + 50000; while (used() < end);" +
    "require('node:worker_threads').parentPort.on('message', () => {}).postMessage('burnt')";
  process.stdin.on("data", () => {
    new Worker(burn, { eval: true })
      .on("message", () => console.log(used()));
  }).on("end", () => process.exit());
  console.log(used());
`;

describe("CPU time of a process", () => {
  it("counts a worker thread, in agreement with the process's own account", async function () {
    this.timeout(20_000);
    const child = new Child("spinner", { command: process.execPath, args: ["-e", spinner] });
    try {
      const ownBefore = Number(await child.line(10_000));
      const before = cpuSnapshot(child.pid);
      child.say("run");
      const own = Number(await child.line(10_000)) - ownBefore;
      const micros = cpuMicrosBetween(before, cpuSnapshot(child.pid));
      expect(own).to.be.at.least(50_000);
      // The two are read at slightly different instants, and a running thread's figure may lag by a
      // tick.
      expect(micros / own).to.be.within(0.6, 1.6);
      expect(residentKb(child.pid)).to.be.greaterThan(10_000);
    } finally {
      await child.stop();
    }
  });

  it("is nothing for a process that sleeps", async () => {
    const child = new Child("sleeper", { command: "sh", args: ["-c", "echo ready; read line"] });
    try {
      await child.line(5000);
      // Its next step after printing is to wait in read(2).
      let before = cpuSnapshot(child.pid);
      let after = cpuSnapshot(child.pid);
      while (cpuMicrosBetween(before, after) > 0) {
        before = after;
        after = cpuSnapshot(child.pid);
      }
      expect(cpuMicrosBetween(before, cpuSnapshot(child.pid))).to.equal(0);
    } finally {
      await child.stop();
    }
  });

  it("falls back on clock ticks, and refuses to compare two processes", () => {
    const ticks = (/** @type {number} */ tickNs) => ({
      pid: 1,
      threads: new Map([["1", 0]]),
      tickNs,
      grainNs: 10_000_000,
    });
    expect(cpuMicrosBetween(ticks(10_000_000), ticks(50_000_000))).to.equal(40_000);
    expect(() => cpuMicrosBetween(ticks(0), { ...ticks(0), pid: 2 })).to.throw(RangeError);
    expect(() => cpuSnapshot(0x7fff_fff0)).to.throw(/ENOENT/);
  });

  it("ignores a thread that ended, and counts one that began", () => {
    const at = (/** @type {[string, number][]} */ ...threads) => ({
      pid: 1,
      threads: new Map(threads),
      tickNs: 0,
      grainNs: 1,
    });
    expect(cpuMicrosBetween(at(["1", 5000], ["2", 9000]), at(["1", 8000], ["3", 2000]))).to.equal(
      5,
    );
  });
});
