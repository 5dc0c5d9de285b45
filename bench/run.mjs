/** One run of a subject in a shape, by the shape's method. */
import { BenchError } from "./error.mjs";
import { runAlone } from "./methods/alone.mjs";
import { runIdle } from "./methods/idle.mjs";
import { runAgainstLoad } from "./methods/load.mjs";
import { runStarts } from "./methods/start.mjs";

/** @type {Readonly<Record<import("./shapes.mjs").Method, Runner>>} */
const methods = { load: runAgainstLoad, idle: runIdle, alone: runAlone, start: runStarts };

/**
 * @typedef {(run: import("./methods/sample.mjs").Run) => Promise<Sample>} Runner
 * @typedef {import("./methods/sample.mjs").Sample} Sample
 */

/**
 * @param {import("./shapes.mjs").Shape} shape
 * @param {import("./subjects.mjs").Subject} subject
 * @param {import("./methods/sample.mjs").Timing} timing
 * @param {import("./pinning.mjs").Pinning} pinning
 * @returns {Promise<Sample>}
 */
export function runOnce(shape, subject, timing, pinning) {
  const command = subject.services[shape.service];
  if (command === undefined) throw new BenchError(`${subject.name} has no ${shape.service}`);
  return methods[shape.method]({ shape, subject, command, timing, pinning });
}
