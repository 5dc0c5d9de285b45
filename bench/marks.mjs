/**
 * The marks: what each shape is to reach, and whether it does. One table, read by the report, by
 * the HTML page, and by --quick, which measures what the marks need.
 */
import { compareSamples, valuesOf } from "./rows.mjs";
import { median, medianInterval } from "./statistics.mjs";
import { backends } from "./subjects.mjs";

/**
 * Who a mark is about: one subject, or pike in one form on the backend that it chooses by itself,
 * on the one that does best, or on every other than the default (the worst of them counts).
 * @typedef {{ subject: string } | { form: string, on: "default" | "best" | "others" | "all" }} Who
 *
 * @typedef {object} Mark
 * @property {number} row of the table in the plan
 * @property {string} shape
 * @property {string} what for people: whose figure, of what
 * @property {Who} who
 * @property {string} measure a key of `measureOf`
 * @property {string} [against] a subject
 * @property {"ratio" | "value" | "difference"} how
 * @property {"most" | "least"} bound
 * @property {number} limit
 * @property {string} [unit] of a value or difference
 * @property {boolean} [goal] wished for rather than asked for
 *
 * @typedef {object} Outcome
 * @property {Mark} mark
 * @property {string | null} subject whose figure it is; null when it was not measured
 * @property {number} value
 * @property {import("./statistics.mjs").Interval | null} interval
 * @property {"reached" | "missed" | "not measured"} state
 * @property {boolean} close the limit lies within the interval: another run may say otherwise
 */

/** @typedef {import("./methods/sample.mjs").Sample} Sample */

/** @type {Readonly<Record<string, (sample: Sample) => number | null | undefined>>} */
const measureOf = {
  CPU: (sample) => sample.cpuMicrosPerOperation,
  rate: (sample) => sample.operationsPerSecond,
  p50: (sample) => sample.p50Micros,
  RSS: (sample) => sample.residentKb,
  native: (sample) => sample.extras.nativeBytes,
  beside: (sample) => sample.extras.besideAlone,
};

const README = { form: "", on: /** @type {const} */ ("default") };
const BEST = { form: "", on: /** @type {const} */ ("best") };
const atMost = /** @type {const} */ ({ how: "ratio", bound: "most" });
const atLeast = /** @type {const} */ ({ how: "ratio", bound: "least" });

/** @type {readonly Mark[]} */
export const marks = [
  ...echo64(),
  mark(2, "tcp-echo-1000", "for await, best backend", BEST, "CPU", "c-epoll", 1.12),
  goal(2, "tcp-echo-1000", "for await, best backend", BEST, "CPU", "c-epoll", 1),
  mark(3, "tcp-echo-1", "for await", README, "p50", "node", 1),
  mark(4, "tcp-accept", "handler", README, "CPU", "c-epoll", 1.25),
  mark(4, "tcp-accept", "handler", README, "CPU", "node", 0.33),
  goal(4, "tcp-accept", "handler", README, "CPU", "bun", 1),
  ...idle(),
  rate(6, "udp-receive-gro", "batches, GRO", "c-epoll", 0.9),
  rate(6, "udp-receive-gro", "batches, GRO", "node", 12),
  rate(6, "udp-receive", "batches, no offload", "c-epoll", 0.9),
  rate(7, "udp-send-gso", "sendMany, GSO", "c-epoll", 0.9),
  rate(7, "udp-send", "sendMany, no offload", "c-epoll", 0.9),
  mark(8, "tcp-firehose-1k", "await each send", README, "CPU", "c-epoll", 1.25),
  mark(8, "tcp-firehose-1k", "await each send", README, "CPU", "node", 1),
  mark(8, "tcp-firehose-1k", "writev of 16", { ...README, form: "-writev" }, "CPU", "c-epoll", 0.8),
  ...bulk(),
  mark(10, "event-wake", "event", README, "CPU", "c-epoll", 1.4),
  mark(10, "event-wake", "event", README, "CPU", "node", 0.7),
  {
    ...mark(11, "start", "over an empty module", README, "p50", "node", 10_000),
    how: "difference",
    unit: "µs",
  },
];

/** The first row: by backend and form. */
function echo64() {
  const shape = "tcp-echo-64";
  const all = { form: "", on: /** @type {const} */ ("all") };
  return [
    mark(1, shape, "for await on epoll", { subject: "pike-epoll" }, "CPU", "c-epoll", 1.12),
    mark(1, shape, "for await, best backend", BEST, "CPU", "c-epoll", 1.03),
    mark(1, shape, "for await, every backend", all, "CPU", "node", 0.68),
    mark(1, shape, "read(buffer) on epoll", { subject: "pike-epoll-read" }, "CPU", "c-epoll", 1.03),
    goal(1, shape, "for await, best backend", BEST, "CPU", "c-epoll", 1),
    goal(1, shape, "for await, best backend", BEST, "CPU", "bun", 1),
  ];
}

/** The fifth row: memory, and what idle connections cost the busy ones. */
function idle() {
  const base = {
    row: 5,
    shape: "tcp-idle",
    who: README,
    how: /** @type {const} */ ("value"),
    bound: /** @type {const} */ ("most"),
  };
  return [
    { ...base, what: "for await", measure: "RSS", limit: 1.3, unit: "KB" },
    { ...base, what: "for await", measure: "native", limit: 128, unit: "B" },
    {
      ...base,
      who: { ...README, form: "-callback" },
      what: "callbacks",
      measure: "RSS",
      limit: 0.9,
      unit: "KB",
    },
    { ...base, what: "64 busy ones", measure: "beside", limit: 1.05, unit: "×" },
  ];
}

/** The ninth row: with read(buffer) where there is something to read. */
function bulk() {
  const others = /** @type {const} */ ("others");
  return [
    { shape: "tcp-bulk", form: "-read", what: "both ways" },
    { shape: "tcp-bulk-receive", form: "-read", what: "receiving" },
    { shape: "tcp-bulk-send", form: "", what: "sending" },
  ].flatMap(({ shape, form, what }) => [
    mark(9, shape, what, { form, on: "default" }, "CPU", "c-epoll", 1.05),
    mark(9, shape, `${what}, other backends`, { form, on: others }, "CPU", "c-epoll", 1.15),
  ]);
}

/**
 * A ratio that is to be at most so much.
 * @param {number} row
 * @param {string} shape
 * @param {string} what
 * @param {Who} who
 * @param {string} measure
 * @param {string} against
 * @param {number} limit
 * @returns {Mark}
 */
function mark(row, shape, what, who, measure, against, limit) {
  return { row, shape, what, who, measure, against, limit, ...atMost };
}

/** @param {Parameters<typeof mark>} words @returns {Mark} */
function goal(...words) {
  return { ...mark(...words), goal: true };
}

/**
 * A ratio of rates that is to be at least so much, by pike on its default backend.
 * @param {number} row
 * @param {string} shape
 * @param {string} what
 * @param {string} against
 * @param {number} limit
 * @returns {Mark}
 */
function rate(row, shape, what, against, limit) {
  return { row, shape, what, who: README, measure: "rate", against, limit, ...atLeast };
}

/**
 * The subjects that the marks of a shape need.
 * @param {string} shape
 */
export function subjectsOfMarks(shape) {
  const names = new Set();
  for (const { shape: own, who, against } of marks) {
    if (own !== shape) continue;
    if (against !== undefined) names.add(against);
    if ("subject" in who) names.add(who.subject);
    else for (const backend of backends) names.add(`pike-${backend}${who.form}`);
  }
  return names;
}

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
