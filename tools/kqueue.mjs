/**
 * `node tools/kqueue.mjs [mocha arguments]`: the suites of all packages and examples over kqueue.
 * `node tools/kqueue.mjs address [mocha arguments]`: those nearest to the system, under that
 * sanitizer; all of them by `node tools/sanitize.mjs address kqueue`.
 *
 * The backend of macOS and the BSDs is built for Linux, over a stand-in for kqueue(2) kept under
 * the tests of notifier-native; everything that is not kqueue's is Linux's own. What the backend
 * lacks is pending by name, and counted. See docs/backends.md.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { buildVariant, variantPath } from "./stages/native.mjs";
import { fail, root, stage } from "./stages/run.mjs";
import { standin } from "./suites/kqueue.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { report } from "./suites/report.mjs";
import { testsOfAll } from "./suites/tests.mjs";

/** The stand-in looks every descriptor up again with each event; a test's own time limit holds. */
const MOCHA_ARGUMENTS = ["--timeout=60000"];

/** What is run under a sanitizer: the packages that call the binary, and no floods of minutes. */
const NEAREST = /^packages\/(notifier-native|handle|signal|event)\//;

const [first, ...rest] = process.argv.slice(2);
const sanitized = first === "address";
const args = sanitized ? rest : process.argv.slice(2);

try {
  if (sanitized) sanitize();
  else await runPlain();
} catch (error) {
  fail(error);
}

async function runPlain() {
  await build();
  const target = variantPath("kqueue");
  await stage("kqueue: native, over the stand-in", () => buildVariant({ target, ...standin }));
  const files = hasFiles() ? [] : testsOfAll();
  report(await runSuites([...MOCHA_ARGUMENTS, ...args, ...files], { PIKE_NATIVE_PATH: target }));
}

function sanitize() {
  const files = hasFiles() ? [] : testsOfAll().filter((path) => NEAREST.test(path));
  const command = [join(root, "tools/sanitize.mjs"), "address", "kqueue", ...args, ...files];
  process.exitCode = spawnSync(process.execPath, command, { stdio: "inherit" }).status ?? 1;
}

function hasFiles() {
  return args.some((one) => /\.[cm]?js$/.test(one));
}
