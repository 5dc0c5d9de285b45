/**
 * `node tools/sanitize.mjs address|thread [kqueue] [mocha arguments]`: the suites under a
 * sanitizer; with `kqueue`, over the stand-in for kqueue(2), see tools/kqueue.mjs.
 *
 * `address` is ASan, UBSan and LSan in one build over the suites of all packages and examples;
 * `thread` is TSan over those of threads, workers, events, signals and exit. First it is shown
 * faults made on purpose: a sanitizer that misses one is not believed. Any report fails the run,
 * whatever the tests say.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildVariant, variantPath } from "./stages/native.mjs";
import { fail, root, SetupError, stage } from "./stages/run.mjs";
import { standin } from "./suites/kqueue.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { report } from "./suites/report.mjs";
import {
  clearReports,
  environmentOf,
  instrumentedNode,
  reportsOf,
  SANITIZERS,
} from "./suites/sanitizers.mjs";
import { testsOfAll } from "./suites/tests.mjs";

/** Suites that have to do with threads, by their file's name. */
const THREADED = /(thread|worker|event|signal|exit|terminat|poster|environment)/;

/** Instrumented code is slow; a test's own time limit still holds. */
const MOCHA_ARGUMENTS = ["--timeout=120000"];

const [name, ...rest] = process.argv.slice(2);
const overStandin = rest[0] === "kqueue";
const args = overStandin ? rest.slice(1) : rest;

try {
  if (SANITIZERS[name] === undefined) {
    throw new SetupError(
      "usage: node tools/sanitize.mjs address|thread [kqueue] [mocha arguments]",
    );
  }
  await build();
  await sanitize();
} catch (error) {
  fail(error);
}

async function sanitize() {
  const node = instrumentedNode(name);
  await stage(`${name} sanitizer: finds faults made on purpose`, () => canary(node));
  const { flags, variant } = SANITIZERS[name];
  const binary = variantPath(overStandin ? `${variant}-kqueue` : variant);
  await stage(`${name} sanitizer: native${overStandin ? ", over the stand-in" : ""}`, () =>
    buildVariant({ target: binary, flags, ...(overStandin ? standin : {}) }),
  );
  const files = suiteFiles();
  console.log(`${name} sanitizer: ${files.length} suites`);
  for (const file of files) console.log(`  ${file}`);
  clearReports(name);
  const result = await runSuites(
    [...MOCHA_ARGUMENTS, ...args, ...files],
    environmentOf(name, binary),
    node,
  );
  conclude(result, reportsOf(name));
}

/** Has every fault of the canary reported, each in a process of its own. */
async function canary(node) {
  const sources = join(root, "tools/sanitizers/canary");
  const { faults, flags, variant } = SANITIZERS[name];
  const target = join(root, ".cache/canary", variant, "pike.node");
  await buildVariant({ sources, target, flags });
  for (const fault of faults) {
    clearReports(name);
    const script = `require(${JSON.stringify(target)})[${JSON.stringify(fault)}]()`;
    const env = { ...process.env, ...environmentOf(name, target) };
    spawnSync(node, ["-e", script], { env, stdio: "ignore" });
    if (reportsOf(name).ours.length === 0) {
      throw new SetupError(
        `the ${name} sanitizer did not report "${fault}": its silence says nothing`,
      );
    }
  }
  return `${faults.join(", ")} reported`;
}

/** Those that are given, or those of all packages and examples. */
function suiteFiles() {
  if (args.some((one) => /\.[cm]?js$/.test(one))) return [];
  const all = testsOfAll();
  return name === "thread" ? all.filter((path) => THREADED.test(path)) : all;
}

/** Prints the sanitizer's words and the counts; a report counts as a failure. */
function conclude(result, { ours, others }) {
  for (const text of ours) console.log(`\n${text.trim()}`);
  console.log(`${name} sanitizer: ${ours.length} reports (and ${others} of Node's own code)`);
  report(
    result,
    ours.map((text) => text.trim().split("\n", 1)[0]),
  );
}
