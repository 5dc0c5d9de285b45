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
    const missing = new Map(exceptionsOf(runtime).map(({ title, reason }) => [title, reason]));
    visit(this.test.parent, missing);
    // A part of the suites has a part of the titles only.
    if (PIKE_RUNTIME_WHOLE === undefined || missing.size === 0) return;
    throw new Error(`tools/runtimes/exceptions.mjs names what is no test: ${[...missing.keys()]}`);
  },
};

function visit(suite, missing) {
  for (const test of suite.tests) {
    const title = test.fullTitle();
    const reason = missing.get(title);
    if (reason === undefined) continue;
    missing.delete(title);
    test.title = `${test.title} (${runtime}: ${reason})`;
    test.pending = true;
  }
  for (const inner of suite.suites) visit(inner, missing);
}
