/**
 * `node tools/counts.mjs folder run…`: adds up what several test runs left, one line each, then
 * their sum. What failed is named before, a run's from its file `run.failures`.
 *
 * A run that left nothing crashed, and counts as one failure. Exits with 1 when anything failed.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

const [folder, ...runs] = process.argv.slice(2);
for (const run of runs) {
  const path = join(folder, `${run}.failures`);
  const titles = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  for (const title of titles) console.log(`failed in ${run}: ${title}`);
}
const sum = { passed: 0, failed: 0, skipped: 0 };
for (const run of runs) {
  const path = join(folder, `${run}.json`);
  const found = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : null;
  const counts = found ?? { passed: 0, failed: 1, skipped: 0 };
  for (const key of Object.keys(sum)) sum[key] += counts[key];
  const remark = found === null ? " (it ended without counts)" : "";
  console.log(
    `run ${run}${remark}: passed ${counts.passed}, failed ${counts.failed}, skipped ${counts.skipped}`,
  );
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
if (sum.failed > 0) process.exitCode = 1;
