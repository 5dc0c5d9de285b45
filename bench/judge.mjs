/**
 * Which marks are reached, which are missed, and how people read that.
 */
import { marks } from "./marks.mjs";
import { compareSamples, valuesOf } from "./rows.mjs";
import { median, medianInterval } from "./statistics.mjs";
import { backends } from "./subjects.mjs";

/**
 * @typedef {import("./marks.mjs").Mark} Mark
 * @typedef {import("./marks.mjs").Who} Who
 * @typedef {import("./methods/sample.mjs").Sample} Sample
 *
 * @typedef {object} Outcome
 * @property {Mark} mark
 * @property {string | null} subject whose figure it is; null when it was not measured
 * @property {number} value
 * @property {import("./statistics.mjs").Interval | null} interval
 * @property {"reached" | "missed" | "not measured"} state
 * @property {boolean} close the limit lies within the interval: another run may say otherwise
 */

/** @type {Readonly<Record<string, (sample: Sample) => number | null | undefined>>} */
const measureOf = {
  CPU: (sample) => sample.cpuMicrosPerOperation,
  rate: (sample) => sample.operationsPerSecond,
  p50: (sample) => sample.p50Micros,
  RSS: (sample) => sample.residentKb,
  native: (sample) => sample.extras.nativeBytes,
  beside: (sample) => sample.extras.besideAlone,
};

/**
 * Holds what was measured against every mark.
 * @param {readonly import("./interleave.mjs").ShapeResult[]} results
 * @param {string} defaultBackend
 * @returns {Outcome[]}
 */
export function judge(results, defaultBackend) {
  return marks.map((one) => {
    const measured = results.find(({ shape }) => shape.name === one.shape)?.measured ?? [];
    const figures = namesOf(one.who, defaultBackend).flatMap(
      (name) => figureOf(one, name, measured) ?? [],
    );
    const worstFirst = figures.sort((a, b) =>
      one.bound === "most" ? b.value - a.value : a.value - b.value,
    );
    const best = "on" in one.who && one.who.on === "best";
    const chosen = best ? worstFirst.at(-1) : worstFirst[0];
    return chosen === undefined
      ? {
          mark: one,
          subject: null,
          value: Number.NaN,
          interval: null,
          state: "not measured",
          close: false,
        }
      : outcomeOf(one, chosen);
  });
}

/**
 * @param {Who} who
 * @param {string} defaultBackend
 */
function namesOf(who, defaultBackend) {
  if ("subject" in who) return [who.subject];
  const chosen = backends.filter((backend) => {
    if (who.on === "default") return backend === defaultBackend;
    return who.on !== "others" || backend !== defaultBackend;
  });
  return chosen.map((backend) => `pike-${backend}${who.form}`);
}

/** @typedef {{ subject: string, value: number, interval: Outcome["interval"] }} Figure */

/**
 * A subject's figure for a mark, or null when it or what it is compared with was not measured.
 * @param {Mark} one
 * @param {string} name
 * @param {import("./interleave.mjs").ShapeResult["measured"]} measured
 * @returns {Figure | null}
 */
function figureOf({ measure, against, how }, name, measured) {
  const of = /** @type {(sample: Sample) => number | null | undefined} */ (measureOf[measure]);
  const samplesOf = (/** @type {string | undefined} */ wanted) =>
    measured.find(({ subject }) => subject.name === wanted)?.samples ?? null;
  const samples = samplesOf(name);
  const values = samples === null ? null : valuesOf(samples, of);
  if (samples === null || values === null) return null;
  if (how === "value") {
    return { subject: name, value: median(values), interval: medianInterval(values) };
  }
  const reference = samplesOf(against);
  if (reference === null) return null;
  if (how === "ratio") {
    const compared = compareSamples(samples, reference, of);
    return compared && { subject: name, value: compared.ratio, interval: compared.interval };
  }
  const others = valuesOf(reference, of);
  if (others === null) return null;
  const differences = values.map((value, round) => value - /** @type {number} */ (others[round]));
  return {
    subject: name,
    value: median(values) - median(others),
    interval: medianInterval(differences),
  };
}

/**
 * A difference inside the interval is a tie: who is asked to be no worse than another (a limit of
 * 1) is not, when they tie. Who wishes to be better has to be.
 * @param {Mark} one
 * @param {Figure} figure
 * @returns {Outcome}
 */
function outcomeOf(one, { subject, value, interval }) {
  const close = interval !== null && interval[0] <= one.limit && one.limit <= interval[1];
  const holds = one.bound === "most" ? value <= one.limit : value >= one.limit;
  const tie = close && one.how === "ratio" && one.limit === 1 && one.goal !== true;
  return { mark: one, subject, value, interval, state: holds || tie ? "reached" : "missed", close };
}

/** What a measure is called, where its key does not say it. */
const measureLabels = /** @type {Readonly<Record<string, string>>} */ ({
  RSS: "memory of each",
  native: "native memory of each",
  beside: "CPU beside the idle over alone",
});

/**
 * What a mark is about.
 * @param {Mark} one
 */
export function markTitle({ what, measure }) {
  return `${what}: ${measureLabels[measure] ?? measure}`;
}

/**
 * What was found, as people read it.
 * @param {Mark} one
 * @param {number} value
 */
export function markFigure({ how, unit, against }, value) {
  if (how === "ratio") return `${value.toFixed(2)} × ${against}`;
  if (how === "difference") return `${against} + ${(value / 1000).toFixed(1)} ms`;
  return `${value < 10 ? value.toFixed(2) : Math.round(value)} ${unit}`;
}

/**
 * The bound of a mark, as people read it.
 * @param {Mark} one
 */
export function markLimit({ how, unit, limit }) {
  if (how === "ratio") return String(limit);
  return how === "difference" ? `${limit / 1000} ms` : `${limit} ${unit}`;
}
