/**
 * The command line of the benchmark.
 */
import { accessSync, constants } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseArgs } from "node:util";
import { BenchError } from "./error.mjs";
import { subjectsOfMarks } from "./marks.mjs";
import { IDLE_CONNECTIONS, shapes } from "./shapes.mjs";
import { subjects } from "./subjects.mjs";

/** Runs of each subject and shape without `--runs`. */
const RUNS = { full: 9, quick: 3 };

/**
 * What a quick benchmark may take beside building and the checks; a busy machine gets fewer runs.
 */
const QUICK_SECONDS = 80;

/** How long each run is. The warm-up lets a runtime compile what it found hot. */
const TIMING = {
  full: { warmUpSeconds: 0.6, seconds: 1, idleConnections: IDLE_CONNECTIONS, starts: 10 },
  quick: { warmUpSeconds: 0.1, seconds: 0.1, idleConnections: IDLE_CONNECTIONS, starts: 2 },
};

/**
 * @typedef {object} Options
 * @property {boolean} help
 * @property {boolean} sanityOnly
 * @property {boolean} build whether pike is built first
 * @property {number} runs
 * @property {number | null} budgetSeconds for all runs together: fewer runs where they take longer
 * @property {import("./methods/sample.mjs").Timing} timing
 * @property {readonly import("./shapes.mjs").Shape[]} shapes
 * @property {readonly import("./subjects.mjs").Subject[]} subjects
 * @property {boolean} named whether the subjects were named: then each has to be there
 * @property {boolean} quick whether only what the marks need is measured
 * @property {boolean} peers whether Bun and Deno are installed
 * @property {string | null} json absolute path
 * @property {string | null} html absolute path
 */

/**
 * @param {readonly string[]} argv
 * @returns {Options}
 */
export function parseOptions(argv) {
  const values = parse(argv);
  const pace = values.quick === true ? "quick" : "full";
  const seconds =
    values.seconds === undefined ? undefined : number("--seconds", values.seconds, 0.05, 600);
  const named = values.subjects !== undefined;
  const peers = values.peers === true;
  const known = named || peers ? subjects : subjects.filter(({ peer }) => peer === undefined);
  return {
    help: values.help === true,
    sanityOnly: values.sanity === true,
    build: values["no-build"] !== true,
    runs: values.runs === undefined ? RUNS[pace] : wholeNumber("--runs", values.runs, 1000),
    budgetSeconds: pace === "quick" && values.runs === undefined ? QUICK_SECONDS : null,
    timing: { ...TIMING[pace], ...(seconds === undefined ? {} : { seconds }) },
    shapes: chosen("--shapes", values.shapes, shapes),
    subjects: chosen("--subjects", values.subjects, known),
    named,
    quick: values.quick === true && !named,
    peers,
    json: values.json === undefined ? null : writablePath("--json", values.json),
    html: values.html === undefined ? null : writablePath("--html", values.html),
  };
}

/** What `--help` prints. */
export function helpText() {
  return `npm run bench -- [options]

Measures what pike costs beside C programs and node: CPU time of the server per operation.

  --quick            ${RUNS.quick} short runs at most, not ${RUNS.full} long ones, of what the
                     marks need: under two minutes, for a look, not for a judgement
  --runs N           interleaved runs of each subject, default ${RUNS.full}; from 6 on the intervals
                     assume nothing about how runs scatter
  --seconds S        measured seconds of each run
  --shapes a,b       only these shapes
  --subjects a,b     only these subjects
  --peers            Bun and Deno too, installed from npm into .cache/peers
  --json FILE        write the results as JSON
  --html FILE        write them as one page with plots
  --sanity           only check the load generator against the C server, then end
  --no-build         measure what is built already
  --help             this

Shapes
${list(shapes)}

Subjects
${list(subjects)}

Exit code: 0 when everything was measured, 1 when a subject failed or something is amiss, 2 for
options that make no sense.
`;
}

/** @param {readonly string[]} argv */
function parse(argv) {
  try {
    const { values } = parseArgs({
      args: [...argv],
      allowPositionals: false,
      options: {
        help: { type: "boolean", short: "h" },
        quick: { type: "boolean" },
        sanity: { type: "boolean" },
        "no-build": { type: "boolean" },
        runs: { type: "string" },
        seconds: { type: "string" },
        shapes: { type: "string" },
        subjects: { type: "string" },
        json: { type: "string" },
        html: { type: "string" },
        peers: { type: "boolean" },
      },
    });
    return values;
  } catch (error) {
    throw new UsageError(/** @type {Error} */ (error).message);
  }
}

/** Options that make no sense; the process ends with 2. */
export class UsageError extends BenchError {}

/**
 * @template {{ name: string }} Item
 * @param {string} option
 * @param {string | undefined} text names with commas, or nothing for all
 * @param {readonly Item[]} known
 * @returns {readonly Item[]} in the order of the registry
 */
function chosen(option, text, known) {
  if (text === undefined) return known;
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (known.some((item) => item.name === name)) continue;
    const all = known.map((item) => item.name).join(", ");
    throw new UsageError(`${option}: "${name}" is none of ${all}`);
  }
  return known.filter((item) => names.includes(item.name));
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} least
 * @param {number} largest
 */
function number(option, text, least, largest) {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (value >= least && value <= largest) return value;
  throw new UsageError(`${option} must be a number from ${least} to ${largest}, not "${text}"`);
}

/**
 * @param {string} option
 * @param {string} text
 * @param {number} largest
 */
function wholeNumber(option, text, largest) {
  const value = number(option, text, 1, largest);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`${option} must be a whole number, not "${text}"`);
}

/**
 * Checked at once: minutes of measuring should not end in a message that the folder is not there.
 * @param {string} option
 * @param {string} text relative to where the command was typed, which npm tells in INIT_CWD
 */
function writablePath(option, text) {
  const path = resolve(process.env["INIT_CWD"] ?? process.cwd(), text);
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw new UsageError(`${option}: ${/** @type {Error} */ (error).message}`);
  }
  return path;
}

/** @param {readonly { name: string, what: string }[]} items */
function list(items) {
  return items.map(({ name, what }) => `  ${name.padEnd(18)} ${what}`).join("\n");
}

/**
 * Who is measured in a shape: everyone who takes part, or, in a quick run, the plain forms and what
 * the marks of the shape are about.
 * @param {import("./shapes.mjs").Shape} shape
 * @param {Pick<Options, "subjects" | "quick">} options
 */
export function takingPart(shape, { subjects: all, quick }) {
  const needed = subjectsOfMarks(shape.name);
  return all.filter(({ name, services, role, backend }) => {
    if (services[shape.service] === undefined) return false;
    return !quick || role !== "pike" || name === `pike-${backend}` || needed.has(name);
  });
}
