/**
 * What mocha loads first in another runtime (--require): programs that tests start are started in
 * the same one, and tests of what it lacks are pending, each with the reason in its name.
 */
import { exceptionsOf } from "./exceptions.mjs";

const {
  PIKE_RUNTIME: runtime = "",
  PIKE_RUNTIME_PROGRAM: program,
  PIKE_RUNTIME_WHOLE,
} = process.env;
if (program !== undefined) process.execPath = program;

/** Root hooks, as mocha takes them. */
export const mochaHooks = {
  beforeAll() {
    const exceptions = exceptionsOf(runtime);
    const missing = new Set(exceptions);
    visit(this.test.parent, exceptions, missing);
    // A part of the suites has a part of the titles only.
    if (PIKE_RUNTIME_WHOLE === undefined || missing.size === 0) return;
    const titles = [...missing].map(({ title, suite }) => title ?? suite);
    throw new Error(`tools/runtimes/exceptions.mjs names what is no test: ${titles}`);
  },
};

function visit(suite, exceptions, missing) {
  for (const test of suite.tests) {
    const exception = exceptions.find((one) => isMeant(one, test.fullTitle(), suite.fullTitle()));
    if (exception === undefined) continue;
    missing.delete(exception);
    test.title = `${test.title} (${runtime}: ${exception.reason})`;
    test.pending = true;
  }
  for (const inner of suite.suites) visit(inner, exceptions, missing);
}

function isMeant(exception, title, suite) {
  if (exception.title !== undefined) return exception.title === title;
  return exception.suite instanceof RegExp
    ? exception.suite.test(suite)
    : exception.suite === suite;
}
