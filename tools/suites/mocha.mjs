/**
 * Runs mocha over the suites of all packages, tools and examples, and gives the counts.
 *
 * A run that ends without counts (a crash, a kill) counts as one failure: it can never look like
 * success.
 */
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stages/run.mjs";

/** Where tests are. */
export const SUITES = [
  "packages/*/dist-test/**/*.test.js",
  "tools/**/test/*.test.mjs",
  "examples/**/*.test.mjs",
  "bench/**/test/*.test.mjs",
];

/** A run that takes longer than this hangs. */
const RUN_MS = 30 * 60_000;

/**
 * Runs mocha (by `node`, for at most `runMs`) with `args` (files among them replace the usual
 * suites) and gives `{ passed, failed, skipped: titles, note }`; `note` says what went wrong
 * outside of tests, or is null.
 */
export async function runSuites(args, env = {}, node = process.execPath, runMs = RUN_MS) {
  const resultPath = join(root, ".cache", `test-result-${process.pid}.json`);
  mkdirSync(join(root, ".cache"), { recursive: true });
  rmSync(resultPath, { force: true });
  const end = await spawnMocha(node, args, { ...env, PIKE_TEST_RESULT: resultPath }, runMs);
  const result = existsSync(resultPath) ? JSON.parse(readFileSync(resultPath, "utf8")) : null;
  rmSync(resultPath, { force: true });
  return judge(result, end);
}

/** Turns what mocha left and how it ended into counts. */
export function judge(result, { code, signal, timedOut }) {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  if (result === null) {
    const note = timedOut ? "mocha hung and was ended" : `mocha ended before its summary: ${how}`;
    return { passed: 0, failed: 1, skipped: [], note };
  }
  if (result.passed + result.failed + result.skipped.length === 0) {
    return { ...result, failed: 1, note: "no test ran" };
  }
  if (result.failed === 0 && (code !== 0 || signal !== null)) {
    return { ...result, failed: 1, note: `the tests passed, but mocha ended with ${how}` };
  }
  return { ...result, note: null };
}

function spawnMocha(node, args, env, runMs) {
  const hasFiles = args.some((one) => /\.[cm]?js$/.test(one));
  const command = [
    join(root, "node_modules/mocha/bin/mocha.js"),
    "--forbid-only",
    "--reporter",
    join(root, "tools/suites/reporter.mjs"),
    ...args,
    ...(hasFiles ? [] : SUITES),
  ];
  return new Promise((resolve, reject) => {
    const child = spawn(node, command, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "inherit", "inherit"],
    });
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
    }, runMs);
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, timedOut });
    });
  });
}
