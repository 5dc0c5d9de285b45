/**
 * How every command that runs tests ends: what was skipped, what failed, and one plain line of
 * counts, which is left in a file as well (PIKE_TEST_COUNTS). What failed beside the tests, which
 * the reporter notes by itself, is added to the names that several runs share (PIKE_TEST_FAILURES).
 */
import { appendFileSync, writeFileSync } from "node:fs";

/** The end of one run as `runSuites` gives it; each of `problems` is a failure besides. */
export function report({ passed, failed, skipped, note }, problems = []) {
  console.log("");
  for (const title of skipped) console.log(`skipped: ${title}`);
  conclude(
    { passed, failed: failed + problems.length, skipped: skipped.length },
    note === null ? problems : [...problems, note],
  );
}

/** The end of several runs, each with its `name`: a line for each, then their sum. */
export function reportAll(results) {
  console.log("");
  for (const [title, names] of whereSkipped(results)) {
    const where = names.length === results.length ? "" : ` in ${names.join(", ")}`;
    console.log(`skipped${where}: ${title}`);
  }
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, passed, failed, skipped } of results) {
    console.log(`${name}: ${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped.length;
  }
  const notes = results.filter(({ note }) => note !== null);
  conclude(
    sum,
    notes.map(({ name, note }) => `in ${name}: ${note}`),
  );
}

/** Every title that was skipped anywhere, once, with the runs. */
function whereSkipped(results) {
  const found = new Map();
  for (const { name, skipped } of results) {
    for (const title of skipped) found.set(title, [...(found.get(title) ?? []), name]);
  }
  return found;
}

function conclude(counts, said) {
  for (const sentence of said) console.log(`failed: ${sentence}`);
  const { PIKE_TEST_COUNTS: path, PIKE_TEST_FAILURES: names } = process.env;
  if (names !== undefined) for (const sentence of said) appendFileSync(names, `${sentence}\n`);
  if (path !== undefined) writeFileSync(path, JSON.stringify(counts));
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  if (counts.failed > 0) process.exitCode = 1;
}
