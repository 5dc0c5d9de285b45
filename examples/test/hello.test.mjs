/** The root README's example is the file that it names, and it runs. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { start } from "./run.mjs";

const text = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

describe("examples/hello.mjs", () => {
  it("is the README's example, to the letter", () => {
    const [, example] = /^```js\n([\s\S]*?)^```$/m.exec(text("../../README.md"));
    expect(text("../hello.mjs").replace(/^\/\*\*[\s\S]*?\*\/\n/, "")).to.equal(example);
  });

  it("echoes, and ends by itself", async () => {
    expect(await start("hello.mjs").end()).to.include({ code: 0, output: "hello, pike\n" });
  });
});
