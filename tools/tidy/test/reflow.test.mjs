/** Reflowing may move words between lines; it must never lose one, or touch code. */
import { expect } from "chai";
import { reflow } from "../reflow.mjs";

const wide = "word ".repeat(30).trim();
const words = (text) =>
  text
    .replace(/^[ \t]*(\/\*\*|\*\/|\*|\/\/)/gm, "")
    .split(/\s+/)
    .filter(Boolean);

describe("tidy: reflow", () => {
  it("breaks a wide comment and keeps its words", () => {
    for (const text of [
      `/** ${wide} */\nx();\n`,
      `  // ${wide}\n  x();\n`,
      `/**\n * ${wide}\n */\n`,
    ]) {
      const after = reflow(text);
      expect(Math.max(...after.split("\n").map((line) => line.length))).to.be.at.most(100);
      expect(after).to.not.match(/(\*|\/\/) {2}word/);
      expect(words(after).filter((one) => one === "word")).to.have.length(30);
    }
  });

  it("leaves code, strings and narrow comments as they are", () => {
    const text = `/** a\n *   b */\nx("${wide}");\n// c\ny(); // ${wide}\n`;
    expect(reflow(text)).to.equal(text);
  });

  it("keeps paragraphs and list items apart", () => {
    const after = reflow(`/**\n * ${wide}\n *\n * - ${wide}\n * - b\n */\n`);
    expect(after)
      .to.match(/\n \*\n \* - word/)
      .and.match(/\n \* {3}word/)
      .and.match(/\n \* - b\n/);
  });
});
