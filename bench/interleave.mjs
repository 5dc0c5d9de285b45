/**
 * All runs of one shape, interleaved: each round runs every subject once, so that whatever else the
 * machine does falls on all of them alike.
 */
import { BenchError } from "./error.mjs";
import { takingPart } from "./options.mjs";
import { runOnce } from "./run.mjs";

/**
 * @typedef {import("./methods/sample.mjs").Sample} Sample
 * @typedef {import("./subjects.mjs").Subject} Subject
 *
 * @typedef {object} ShapeResult
 * @property {import("./shapes.mjs").Shape} shape
 * @property {readonly { subject: Subject, samples: readonly Sample[] }[]} measured
 *   those who got through every round; sample i of each comes from round i
 * @property {readonly { subject: Subject, reason: string }[]} failed
 */

/**
 * A subject that fails once is out for this shape, and reported.
 * @param {import("./shapes.mjs").Shape} shape
 * @param {import("./options.mjs").Options} options
 * @param {import("./pinning.mjs").Pinning} pinning
 * @param {import("./progress.mjs").Progress} progress
 * @param {number} until by performance.now(): when no other round is begun that would go beyond it
 * @returns {Promise<ShapeResult>}
 */
export async function runShape(shape, options, pinning, progress, until = Infinity) {
  const entries = takingPart(shape, options).map((subject) => ({
    subject,
    samples: /** @type {Sample[]} */ ([]),
    reason: /** @type {string | null} */ (null),
  }));
  for (let round = 0, roundMs = 0; round < options.runs; round++) {
    const started = performance.now();
    if (round > 0 && started + roundMs > until) {
      progress.leaveOut((options.runs - round) * entries.length);
      break;
    }
    for (const entry of rotated(entries, round)) {
      if (entry.reason === null) {
        progress.begin(`${shape.name} ${round + 1}/${options.runs} ${entry.subject.name}`);
        try {
          entry.samples.push(await runOnce(shape, entry.subject, options.timing, pinning));
        } catch (error) {
          if (!(error instanceof BenchError)) throw error;
          entry.reason = error.message;
          const detail = error.detail === "" ? "" : `\n${error.detail}\n`;
          progress.note(`${shape.name}: ${entry.subject.name} FAILED: ${error.message}${detail}`);
        }
      }
      progress.advance();
    }
    roundMs = performance.now() - started;
    progress.round(`${shape.name} ${round + 1}/${options.runs}: ${summary(entries, round)}`);
  }
  return {
    shape,
    measured: entries.filter(({ reason }) => reason === null),
    failed: entries.flatMap(({ subject, reason }) => (reason === null ? [] : { subject, reason })),
  };
}

/**
 * Every round begins with another subject: none is always the first after a pause.
 * @template Item
 * @param {readonly Item[]} items
 * @param {number} count
 */
function rotated(items, count) {
  const start = items.length === 0 ? 0 : count % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}

/**
 * @param {readonly { subject: Subject, samples: readonly Sample[] }[]} entries
 * @param {number} round
 */
function summary(entries, round) {
  return entries
    .map(({ subject, samples }) => {
      const sample = samples[round];
      const cost =
        sample === undefined ? "failed" : `${sample.cpuMicrosPerOperation.toFixed(2)} µs`;
      return `${subject.name} ${cost}`;
    })
    .join(", ");
}
