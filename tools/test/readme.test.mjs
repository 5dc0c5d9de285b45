/** A README's example that no longer compiles or runs misleads everyone who starts with it. */
import { expect } from "chai";
import { compileExample, firstExample, readmeExamples, runExample } from "../suites/readme.mjs";

/** What a rejected promise was rejected with. */
async function messageOf(promise) {
  try {
    await promise;
  } catch (error) {
    return error.message;
  }
  throw new Error("it did not fail");
}

describe("README examples compile and end by themselves", function () {
  this.timeout(60_000);
  for (const found of readmeExamples()) {
    it(`packages/${found.name}/README.md`, async () => {
      await runExample(await compileExample(found));
    });
  }

  it("takes the first block in TypeScript, and only that", () => {
    const markdown = "# a\n```sh\nno\n```\n\n```ts\nyes();\n```\n```ts\nlater();\n```\n";
    expect(firstExample(markdown)).to.equal("yes();\n");
    expect(firstExample("# a\n")).to.equal(null);
  });

  it("would notice an example with a wrong type", async () => {
    const example = 'const n: number = "text";\nconsole.log(n);\n';
    expect(await messageOf(compileExample({ name: "sample", example }))).to.match(/TS2322/);
  });

  it("would notice an example that throws", async () => {
    const program = await compileExample({
      name: "sample",
      example: 'throw new Error("thrown");\n',
    });
    expect(await messageOf(runExample(program)))
      .to.match(/thrown/)
      .and.match(/exit code 1/);
  });
});
