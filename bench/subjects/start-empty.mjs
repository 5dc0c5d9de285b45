/** A program that does nothing: what every ES module costs. */
const wallMs = performance.now();
const cpu = process.cpuUsage();
(await import("./started.mjs")).tell(wallMs, cpu);
