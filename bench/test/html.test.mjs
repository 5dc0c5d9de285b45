/** A page that does not show what was measured, or needs the network to, is no report. */
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { htmlPage } from "../html/page.mjs";
import { judge } from "../judge.mjs";
import { shapes } from "../shapes.mjs";
import { chromium, inspect } from "./chromium.mjs";
import { everything, resultOf } from "./results.mjs";

const program = chromium();
const look = readFileSync(new URL("in-page.js", import.meta.url), "utf8");

describe("HTML page", function () {
  this.timeout(120_000);
  const page = pageOf(everything());

  it("needs nothing from anywhere, and runs nothing", () => {
    expect(page).to.not.match(/<script|@import|url\(|<img|<iframe|https?:/i);
    for (const [, target] of page.matchAll(/(?:href|src)="([^"]*)"/g)) {
      expect(target).to.equal("data:,");
    }
  });

  it("names every shape, who is absent, and who failed, as text", () => {
    for (const { name } of shapes) expect(page).to.include(`<h3>${name}</h3>`);
    const result = resultOf("tcp-echo-64", { "c-epoll": 1 });
    const subject = /** @type {typeof result.measured[number]} */ (result.measured[0]).subject;
    const failed = [{ subject, reason: "<broken> & gone" }];
    const bad = pageOf([{ ...result, failed }], [{ subject, reason: 'no "ring"' }]);
    expect(bad).to.include("&lt;broken&gt; &amp; gone");
    expect(bad).to.include("no &quot;ring&quot;");
    expect(bad).to.not.include("<broken>");
  });

  for (const width of [1280, 420]) {
    const title = `at ${width} pixels bars are drawn, text is whole, and the console is silent`;
    if (program === null) {
      it(`${title} (pending: there is no Chromium here)`);
      continue;
    }
    it(title, () => {
      const { found, printed } = inspect(program, page, width, look);
      expect(printed).to.deep.equal([]);
      const bars = everything().reduce((sum, { measured }) => sum + measured.length, 0);
      // Two plots for each shape.
      expect(found.bars).to.equal(2 * bars);
      expect(found.flatBars).to.equal(0);
      expect(found.colours).to.be.at.least(7);
      expect(found.dots).to.be.greaterThan(50);
      expect(found.cut).to.deep.equal([]);
      expect(found.overlapping).to.deep.equal([]);
      expect(found.sideways).to.equal(0);
    });
  }
});

/**
 * @param {readonly import("../interleave.mjs").ShapeResult[]} results
 * @param {readonly import("../availability.mjs").Absent[]} absent
 */
function pageOf(results, absent = []) {
  const outcomes = judge(results, "epoll");
  const heading = "A machine × 2, Linux 6\n9 interleaved runs";
  return htmlPage({ results, outcomes, absent, heading, when: new Date(0) });
}
