/**
 * Coverage by c8 over the sources, held against a floor for each package
 * (tools/coverage-floors.json).
 *
 * Node writes the raw data while the tests run, also in worker threads and child processes; c8 maps
 * it to the TypeScript by the source maps.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../stages/run.mjs";

/** Where Node leaves its raw data, to be set as NODE_V8_COVERAGE. */
export const rawFolder = join(root, ".cache/coverage-raw");

const reports = join(root, "coverage");

/** Removes what an earlier run left. */
export function clearCoverage() {
  rmSync(rawFolder, { recursive: true, force: true });
  rmSync(reports, { recursive: true, force: true });
}

/** Makes the reports, prints a line for each package, and gives what is below its floor. */
export async function checkCoverage() {
  await run(process.execPath, [
    join(root, "node_modules/c8/bin/c8.js"),
    "report",
    `--temp-directory=${rawFolder}`,
    `--reports-dir=${reports}`,
    "--reporter=json-summary",
    "--reporter=lcovonly",
  ]);
  const summary = JSON.parse(readFileSync(join(reports, "coverage-summary.json"), "utf8"));
  const floors = JSON.parse(readFileSync(join(root, "tools/coverage-floors.json"), "utf8"));
  const found = measure(summary, sourceFiles());
  for (const [name, { lines, branches }] of Object.entries(found)) {
    console.log(
      `coverage of ${name}: ${lines.toFixed(1)} % of lines, ${branches.toFixed(1)} % of branches`,
    );
  }
  return belowFloors(found, floors);
}

/**
 * For each package its share of covered lines and branches, in percent. A file nobody loaded is
 * uncovered.
 */
export function measure(summary, files) {
  const byPath = new Map(
    Object.entries(summary).map(([path, row]) => [path.replaceAll("\\", "/"), row]),
  );
  const found = {};
  for (const { name, path, lineCount } of files) {
    const row = byPath.get(path);
    found[name] ??= { lines: [0, 0], branches: [0, 0] };
    add(found[name].lines, row?.lines ?? { covered: 0, total: lineCount });
    add(found[name].branches, row?.branches ?? { covered: 0, total: lineCount > 0 ? 1 : 0 });
  }
  const percent = ([covered, total]) => (total === 0 ? 100 : (100 * covered) / total);
  const shares = ([name, { lines, branches }]) => [
    name,
    { lines: percent(lines), branches: percent(branches) },
  ];
  return Object.fromEntries(Object.entries(found).map(shares));
}

function add(sum, { covered, total }) {
  sum[0] += covered;
  sum[1] += total;
}

/** What falls below its floor, or has none, in sentences. */
export function belowFloors(found, floors) {
  return Object.entries(found).flatMap(([name, shares]) => {
    const floor = floors[name];
    if (floor === undefined) return [`${name} has no floor in tools/coverage-floors.json`];
    return ["lines", "branches"]
      .filter((key) => !(shares[key] >= floor[key]))
      .map((key) => `${name}: ${shares[key].toFixed(1)} % of ${key}; the floor is ${floor[key]} %`);
  });
}

/**
 * Every source that has code of its own; types leave an empty module behind, which counts for
 * nothing.
 */
function sourceFiles() {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const source = join(root, "packages", name, "src");
    if (!existsSync(source)) return [];
    return readdirSync(source, { recursive: true })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => {
        const compiled = join(root, "packages", name, "dist", path.replace(/ts$/, "js"));
        const absolute = join(source, path).replaceAll("\\", "/");
        return { name, path: absolute, lineCount: hasCode(compiled) ? lineCount(absolute) : 0 };
      });
  });
}

function lineCount(path) {
  return readFileSync(path, "utf8").trimEnd().split("\n").length;
}

function hasCode(compiled) {
  if (!existsSync(compiled)) return true;
  const text = readFileSync(compiled, "utf8").replace(
    /\/\*[\s\S]*?\*\/|\/\/.*$|export \{\};|\s/gm,
    "",
  );
  return text !== "";
}
