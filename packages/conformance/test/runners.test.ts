/** The suites need describe and it and nothing else of a test runner. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

describe("another test runner", function () {
  this.timeout(60_000);

  it("node:test runs the suites, and counts what is pending as skipped", () => {
    const program = fileURLToPath(new URL("./other-runner.js", import.meta.url));
    const given = ["--test", "--test-reporter=tap", program];
    // Told that it is a child of a test run, node:test would report in another form.
    const { NODE_TEST_CONTEXT: _none, ...env } = process.env;
    const { stdout, status } = spawnSync(process.execPath, given, { encoding: "utf8", env });
    expect(status, stdout.slice(-2_000)).to.equal(0);
    const figure = (name: string) =>
      Number(new RegExp(`^# ${name} (\\d+)$`, "m").exec(stdout)?.[1]);
    expect(figure("pass")).to.be.above(150);
    expect(figure("fail")).to.equal(0);
    expect(figure("skipped")).to.be.above(5);
  });
});
