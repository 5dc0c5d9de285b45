/**
 * `node tools/runtimes.mjs part|all [runtime…] [-- mocha arguments]`: the suites in Node 20, 22, 24
 * and 26, Bun and Deno, with one binary.
 *
 * `part` runs what touches the runtime: conformance, the loop, exit and worker threads, signals,
 * loading, the command line. `all` runs every suite of the packages and examples. "thread" is a
 * runtime too: the Node that runs this, with a waiter thread in place of libuv's loop.
 */
import { join } from "node:path";
import { build } from "./build.mjs";
import { fetchRuntime } from "./runtimes/fetch.mjs";
import { RUNTIMES } from "./runtimes/list.mjs";
import { fail, root, SetupError, stage } from "./stages/run.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { reportAll } from "./suites/report.mjs";

const SUITES = {
  part: [
    ...["conformance", "drive", "life", "load", "waiter-thread"].map(
      (name) => `packages/notifier-native/dist-test/${name}.test.js`,
    ),
    "packages/notifier-memory/dist-test/conformance.test.js",
    "packages/notifier-native/dist-test/uring.test.js",
    "packages/event/dist-test/worker.test.js",
    "packages/signal/dist-test/*.test.js",
    "packages/pike-io/dist-test/*.test.js",
  ],
  all: ["packages/*/dist-test/**/*.test.js", "examples/**/*.test.mjs"],
};

/** Runs that hang are ended. */
const RUN_MS = 10 * 60_000;

/** Environments without noise, or traces outside of this folder. */
const QUIET = {
  DENO_DIR: join(root, ".cache/runtimes/deno-dir"),
  DENO_NO_UPDATE_CHECK: "1",
  BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
  DO_NOT_TRACK: "1",
};

try {
  await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}

async function main(given) {
  const end = given.includes("--") ? given.indexOf("--") : given.length;
  const [which, ...names] = given.slice(0, end);
  const all = [...RUNTIMES.map(({ name }) => name), "thread"];
  const unknown = names.find((name) => !all.includes(name));
  if (SUITES[which] === undefined || unknown !== undefined) {
    throw new SetupError(`usage: node tools/runtimes.mjs part|all [${all.join("|")}] [-- …]`);
  }
  await build();
  const results = [];
  for (const name of names.length > 0 ? names : all) {
    const result = await runIn(name, which, given.slice(end + 1)).catch((error) => ({
      passed: 0,
      failed: 1,
      skipped: [],
      note: error instanceof SetupError ? error.message : String(error),
    }));
    results.push({ name, ...result });
  }
  reportAll(results);
}

async function runIn(name, which, args) {
  const runtime = RUNTIMES.find((one) => one.name === name);
  let program = process.execPath;
  const env = { ...QUIET, PIKE_RUNTIME: name };
  if (runtime === undefined) env.PIKE_ATTACH = "thread";
  else {
    await stage(`${name} ${runtime.version}`, async () => {
      program = await fetchRuntime(runtime);
      return program === process.execPath ? `the running Node, ${process.versions.node}` : "there";
    });
  }
  if (runtime?.wrapper !== undefined) {
    env.PIKE_DENO = program;
    program = join(root, "tools/runtimes", runtime.wrapper);
  }
  env.PIKE_RUNTIME_PROGRAM = program;
  if (which === "all" && args.length === 0) env.PIKE_RUNTIME_WHOLE = "1";
  const files = args.some((one) => /\.[cm]?js$/.test(one)) ? [] : SUITES[which];
  const setup = `--require=${join(root, "tools/runtimes/setup.mjs")}`;
  return runSuites([setup, ...args, ...files], env, program, RUN_MS);
}
