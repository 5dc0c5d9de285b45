/**
 * The marks: what each shape is to reach. One table, held against what was measured by judge.mjs,
 * and read by --quick, which measures what the marks need.
 */
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
 * @property {string} measure a key of `measureOf` in judge.mjs
 * @property {string} [against] a subject
 * @property {"ratio" | "value" | "difference"} how
 * @property {"most" | "least"} bound
 * @property {number} limit
 * @property {string} [unit] of a value or difference
 * @property {boolean} [goal] wished for rather than asked for
 */

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
  rate(7, "udp-send-gso", "sendMany of pieces, GSO", "c-epoll", 0.9),
  rate(7, "udp-send", "sendMany of pieces, no offload", "c-epoll", 0.9),
  ...["udp-send-gso", "udp-send"].map((shape) => ({
    ...rate(7, shape, "sendMany of a list", "c-epoll", 0.9),
    who: { ...README, form: "-list" },
    goal: true,
  })),
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
