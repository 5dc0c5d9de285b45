/** The tests that docs/lessons.md names against old mistakes have to be there. */
import { readFileSync } from "node:fs";
import { expect } from "chai";

const root = new URL("../../../", import.meta.url);

describe("docs/lessons.md", () => {
  const text = readFileSync(new URL("docs/lessons.md", root), "utf8");
  const lessons = text.split(/^## /m).slice(1);

  it("has every lesson, in order", () => {
    const numbers = lessons.map((lesson) => Number.parseInt(lesson, 10));
    expect(numbers).to.deep.equal(Array.from({ length: 16 }, (_, index) => index + 1));
  });

  it("names at least one test for each, and none that is not there", () => {
    for (const lesson of lessons) {
      const rows = [...lesson.matchAll(/^- `([^`]+)`: (.+)$/gm)];
      expect(rows.length, lesson).to.be.above(0);
      for (const [, path, name] of rows) {
        const source = readFileSync(new URL(path as string, root), "utf8");
        expect(source.includes(name as string), `${path}: ${name}`).to.equal(true);
      }
    }
  });
});
