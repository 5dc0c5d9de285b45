/**
 * `npm test`: builds, then every gate: types, Biome, the house rules, the tests, and coverage.
 *
 * `npm test -- --grep X` hands the arguments to mocha; coverage is then not judged, as part of the
 * suite says nothing about it. Closes with one plain line of counts.
 */
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, root, run, stage } from "./stages/run.mjs";
import { checkCoverage, clearCoverage, rawFolder } from "./suites/coverage.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { report } from "./suites/report.mjs";

const args = process.argv.slice(2);

try {
  await build();
  await testAll();
} catch (error) {
  fail(error);
}

/** Runs everything, also after a failure, and says at the end what failed. */
async function testAll() {
  const problems = [];
  const note = (name) => (error) => {
    console.log(error.message.trimEnd());
    problems.push(`${name}, see above`);
  };
  await stage("biome", biome).catch(note("biome"));
  await stage("tidy", tidy).catch(note("tidy"));
  clearCoverage();
  const isWhole = args.length === 0;
  const result = await runSuites(args, isWhole ? { NODE_V8_COVERAGE: rawFolder } : {});
  if (isWhole)
    problems.push(...(await coverage().catch((error) => [`coverage: ${error.message}`])));
  else console.log("coverage: not judged, as mocha was given arguments");
  report(result, problems);
}

async function biome() {
  await run(process.execPath, [
    join(root, "node_modules/@biomejs/biome/bin/biome"),
    "ci",
    "--colors=off",
    ".",
  ]);
  return "nothing to say";
}

async function tidy() {
  const output = await run(process.execPath, [join(root, "tools/tidy")]);
  return output.trim().split("\n").at(-1).replace("tidy: ", "");
}

async function coverage() {
  return (await checkCoverage()).map((problem) => `coverage of ${problem}`);
}
