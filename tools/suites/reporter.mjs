/**
 * mocha's own spec reporter, which also leaves the counts in a file (PIKE_TEST_RESULT), adds what
 * failed to another that several runs share (PIKE_TEST_FAILURES), and makes sure that nothing keeps
 * the process alive after the last test: that is a leak, and a failure.
 */
import { appendFileSync, writeFileSync } from "node:fs";
import Mocha from "mocha";

/** How long after the last test the process may take to end by itself. */
const END_MS = 15_000;

/** The reporter, as mocha's --reporter takes it. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const skipped = [];
    runner.on("pending", (test) => skipped.push(test.fullTitle()));
    runner.on("fail", (test, error) => noteFailure(test.fullTitle(), error));
    runner.on("end", () => {
      this.#write({ passed: runner.stats.passes, failed: runner.stats.failures, skipped });
      this.#expectEnd({ passed: runner.stats.passes, failed: runner.stats.failures, skipped });
    });
  }

  #write(result) {
    const path = process.env.PIKE_TEST_RESULT;
    if (path !== undefined) writeFileSync(path, JSON.stringify(result));
  }

  #expectEnd(result) {
    const timer = setTimeout(() => {
      const resources = process.getActiveResourcesInfo();
      console.log(
        `The process does not end by itself. Active: ${resources.join(", ") || "none known"}`,
      );
      console.log("(What native code keeps active is not listed: an unclosed notifier or handle?)");
      this.#write({ ...result, failed: result.failed + 1 });
      process.exit(1);
    }, END_MS);
    timer.unref();
  }
}

/** A line for each failure, so that the end of a long log can name them all. */
function noteFailure(title, error) {
  const path = process.env.PIKE_TEST_FAILURES;
  const reason = String(error?.message ?? error).split("\n", 1)[0];
  if (path !== undefined) appendFileSync(path, `${title}: ${reason}\n`);
}
