/**
 * The results as one HTML page that needs nothing else: the marks, an overview, and for each shape
 * plots and a table.
 */
import { readFileSync } from "node:fs";
import { markFigure, markLimit, markTitle } from "../judge.mjs";
import { lossEntries } from "../losses.mjs";
import { absentLines, runsOf } from "../report.mjs";
import { compareSamples, lossesOf } from "../rows.mjs";
import { overviewChart } from "./charts.mjs";
import { colourOf, escaped } from "./format.mjs";
import { shapeSection } from "./shape.mjs";

/**
 * @typedef {object} Report
 * @property {readonly import("../interleave.mjs").ShapeResult[]} results
 * @property {readonly import("../judge.mjs").Outcome[]} outcomes
 * @property {readonly import("../availability.mjs").Absent[]} absent
 * @property {string} heading the machine, and how it was measured
 * @property {Date} when
 */

/** What every figure of the overview is a multiple of. */
const REFERENCE = "c-epoll";

const style = readFileSync(new URL("style.css", import.meta.url), "utf8");

/**
 * @param {Report} report
 * @returns {string} the whole document
 */
export function htmlPage(report) {
  const { results, heading, when } = report;
  const lines = heading.trim().split("\n").map(escaped);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pike benchmark</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main>
<h1>pike benchmark</h1>
<p class="soft">${lines.join("<br>")}<br>${minuteOf(when)}</p>
${tiles(report)}
${overview(results)}
${marksSection(report)}
${losses(report)}
<h2>Shapes</h2>
<p class="soft">Bars are medians over the runs, whiskers their 95 % intervals; the dashed line is
plain C on epoll.</p>
${results.map(shapeSection).join("\n")}
</main>
</body>
</html>
`;
}

/** @param {Date} when */
function minuteOf(when) {
  return `${when.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** @param {Report} report */
function tiles({ results, outcomes }) {
  const { fewest, most } = runsOf(results);
  const runs = fewest === most ? String(most) : `${fewest} to ${most}`;
  const asked = outcomes.filter(
    ({ mark, state }) => mark.goal !== true && state !== "not measured",
  );
  const reached = asked.filter(({ state }) => state === "reached").length;
  const subjects = new Set(
    results.flatMap(({ measured }) => measured.map((one) => one.subject.name)),
  );
  const all = [
    [`${reached} of ${asked.length}`, "marks reached"],
    [String(results.length), "shapes"],
    [String(subjects.size), "subjects"],
    [runs, most === 1 ? "run of each" : "interleaved runs of each"],
  ];
  const tile = (/** @type {readonly string[]} */ words) =>
    `<div class="tile"><b>${escaped(words[0] ?? "")}</b><span>${words[1]}</span></div>`;
  return `<div class="tiles">${all.map(tile).join("")}</div>`;
}

/** @param {Report["results"]} results */
function overview(results) {
  /** @type {Map<string, string>} */
  const legend = new Map();
  const rows = results.flatMap(({ shape, measured }) => {
    const reference = measured.find(({ subject }) => subject.name === REFERENCE);
    if (reference === undefined) return [];
    const plain = measured.filter(
      ({ subject }) => subject.role !== "pike" || subject.name === `pike-${subject.backend}`,
    );
    const dots = plain.flatMap(({ subject, samples }) => {
      const compared = compareSamples(
        samples,
        reference.samples,
        (sample) => sample.cpuMicrosPerOperation,
      );
      if (compared === null) return [];
      legend.set(subject.name, colourOf(subject));
      return [{ name: subject.name, colour: colourOf(subject), ratio: compared.ratio }];
    });
    return [{ shape: shape.name, dots }];
  });
  if (rows.length === 0) return "";
  const entries = [...legend].map(
    ([name, colour]) => `<span><i class="${colour}"></i>${name}</span>`,
  );
  return `<h2>CPU per operation, as a multiple of C on epoll</h2>
<div class="card">
<div class="scroll"><div class="wide">
${overviewChart(rows, "CPU per operation of every subject as a multiple of C on epoll")}
</div></div>
<div class="legend">${entries.join("")}</div>
<p class="note">Logarithmic; further left is cheaper. pike as in its README; other forms below.</p>
</div>`;
}

/** @param {Report} report */
function marksSection({ outcomes }) {
  const judged = outcomes.filter(({ state }) => state !== "not measured");
  if (judged.length === 0) return "";
  const open = outcomes.length - judged.length;
  const rest =
    open === 0
      ? ""
      : `<p class="note">${open} more need subjects or shapes that were not measured.</p>`;
  return `<h2>Marks</h2>
<div class="card"><div class="scroll"><table>
<thead><tr><th class="left">shape</th><th class="left">what</th><th class="left">subject</th>
<th>measured</th><th>asked for</th><th></th></tr></thead>
<tbody>
${judged.map(markRow).join("\n")}
</tbody></table></div>${rest}</div>`;
}

/** @param {import("../judge.mjs").Outcome} outcome */
function markRow({ mark, subject, value, state, close }) {
  const wish = mark.goal === true;
  const colour = state === "reached" ? "reached" : wish ? "wish" : "missed";
  const words = `${wish ? "goal " : ""}${state}`;
  const limit = `${mark.bound === "most" ? "≤" : "≥"} ${markLimit(mark)}`;
  const noise = close ? ' <span class="soft">within noise</span>' : "";
  return `<tr>
<td class="left mono">${mark.shape}</td>
<td class="left">${escaped(markTitle(mark))}</td>
<td class="left mono">${subject}</td>
<td>${escaped(markFigure(mark, value))}</td>
<td>${escaped(limit)}</td>
<td class="left"><span class="chip ${colour}">${words}</span>${noise}</td>
</tr>`;
}

/** @param {Report} report */
function losses({ results, absent }) {
  const failed = results.flatMap(({ shape, failed: entries }) =>
    entries.map(({ subject, reason }) => `${shape.name}: ${subject.name} failed: ${reason}`),
  );
  const others = [...absentLines(absent), ...failed];
  const missing =
    others.length === 0
      ? ""
      : `<h2>Not measured</h2><div class="card"><ul>${items(others)}</ul></div>`;
  if (runsOf(results).most <= 1) return missing;
  const entries = lossEntries(results.flatMap(lossesOf));
  const rows = entries.map(
    ({ where, what }) =>
      `<tr><td class="left mono">${where}</td><td class="words">${what}</td></tr>`,
  );
  const body = rows.length === 0 ? "<p>Nowhere here.</p>" : `<table>${rows.join("\n")}</table>`;
  return `${missing}<h2>Where pike loses</h2><div class="card">${body}</div>`;
}

/** @param {readonly string[]} lines */
function items(lines) {
  return lines.map((line) => `<li>${escaped(line)}</li>`).join("");
}
