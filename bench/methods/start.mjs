/**
 * A run of starts: a process each, from its first instant until it has said that it is ready.
 *
 * The program says so itself, in microseconds since the runtime began with it, so that what this
 * process does meanwhile is not in the figure.
 */
import { Child } from "../child.mjs";
import { residentKb } from "../cpu.mjs";
import { median, percentile } from "../statistics.mjs";

const START_MS = 20_000;

/**
 * @param {import("./sample.mjs").Run} run
 * @returns {Promise<import("./sample.mjs").Sample>}
 */
export async function runStarts({ subject, command, timing, pinning }) {
  const wall = [];
  const cpu = [];
  const resident = [];
  for (let count = 0; count < timing.starts; count++) {
    const program = new Child(`the program of ${subject.name}`, command, pinning?.server);
    try {
      const said = JSON.parse(await program.line(START_MS));
      wall.push(said.wall_us);
      cpu.push(said.cpu_us);
      resident.push(residentKb(program.pid));
    } finally {
      await program.stop();
    }
  }
  const p50Micros = median(wall);
  return {
    cpuMicrosPerOperation: median(cpu),
    operationsPerSecond: 1e6 / p50Micros,
    p50Micros,
    p99Micros: percentile(wall, 0.99),
    residentKb: median(resident),
    serverBusy: median(cpu) / p50Micros,
    loadBusy: null,
    extras: {},
  };
}
