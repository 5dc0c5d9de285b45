/**
 * What one run gives, and the names of what only some shapes give.
 *
 * @typedef {object} Timing
 * @property {number} warmUpSeconds
 * @property {number} seconds
 * @property {number} idleConnections of the shape tcp-idle
 * @property {number} starts processes started in one run of the shape start
 *
 * @typedef {object} Run
 * @property {import("../shapes.mjs").Shape} shape
 * @property {import("../subjects.mjs").Subject} subject
 * @property {import("../subjects.mjs").ServerCommand} command the subject's, for this shape
 * @property {Timing} timing
 * @property {import("../pinning.mjs").Pinning} pinning
 *
 * @typedef {object} Sample
 * @property {number} cpuMicrosPerOperation
 * @property {number} operationsPerSecond
 * @property {number | null} p50Micros null where nothing waits for an answer
 * @property {number | null} p99Micros
 * @property {number} residentKb of the server; in tcp-idle what one idle connection adds
 * @property {number} serverBusy share of one processor, 0 to 1 (more with several threads)
 * @property {number | null} loadBusy the same of the load generator; null where there is none
 * @property {Readonly<Partial<Record<Extra, number>>>} extras
 *
 * @typedef {keyof typeof extraLabels} Extra
 */

/** Figures that only some shapes have, and what they are called. */
export const extraLabels = {
  cpuPerGb: "CPU ms/GB",
  arrivedShare: "arrived",
  nativeBytes: "native B/idle",
  besideAlone: "× alone",
};
