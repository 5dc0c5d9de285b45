/**
 * `node tools/elsewhere.mjs [arm64|musl|windows…]`: the suites with the binaries of other systems,
 * each in a program of that system, as far as tools/elsewhere/places.mjs says: the conformance part
 * where only the processor or the C library differs, everything where the backend does.
 */
import { build } from "./build.mjs";
import { PLACES } from "./elsewhere/places.mjs";
import { fetchCompiler, nodeHeaders } from "./prebuild/compiler.mjs";
import { make, pathOf } from "./prebuild/make.mjs";
import { TARGETS } from "./prebuild/targets.mjs";
import { fail, SetupError, stage } from "./stages/run.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { reportAll } from "./suites/report.mjs";

const SUITES = [
  "tools/elsewhere/suites/place.mjs",
  "packages/notifier-native/dist-test/conformance.test.js",
];

/** Emulated code is slow; a test's own time limit still holds. */
const TEST_MS = 120_000;

try {
  await main(process.argv.slice(2));
} catch (error) {
  fail(error);
}

async function main(given) {
  const unknown = given.find((name) => PLACES[name] === undefined);
  if (unknown !== undefined) {
    throw new SetupError(`there is no "${unknown}"; there are: ${Object.keys(PLACES).join(", ")}`);
  }
  await build();
  await stage("compiler", fetchCompiler);
  const results = [];
  for (const name of given.length > 0 ? given : usual()) {
    results.push({ name, ...(await runIn(name)) });
  }
  reportAll(results);
}

function usual() {
  return Object.keys(PLACES).filter((name) => !PLACES[name].onlyByName);
}

async function runIn(name) {
  const target = TARGETS.find((one) => one.name === PLACES[name].target);
  let program = "";
  await stage(`${name}: ${target.name}`, async () => {
    const { missing, wrong } = await make(target, await nodeHeaders());
    if (missing !== undefined || wrong.length > 0) {
      throw new SetupError(`${target.name}: ${missing ?? wrong.join("; ")}`);
    }
    program = await PLACES[name].prepare();
    return "there";
  });
  const { suites = SUITES, seen = (path) => path, env = {}, finish = () => {} } = PLACES[name];
  const given = { ...env, PIKE_PLACE: name, PIKE_NATIVE_PATH: seen(pathOf(target)) };
  try {
    return await runSuites([`--timeout=${TEST_MS}`, ...suites], given, program);
  } finally {
    await finish();
  }
}
