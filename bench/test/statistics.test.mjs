/** Noise that is reported as a win is worse than no benchmark. */
import { expect } from "chai";
import { compare, median, medianInterval, orderRank } from "../statistics.mjs";

describe("statistics", () => {
  it("takes the middle, and the mean of two middles, whatever the order", () => {
    expect(median([9, 1, 5])).to.equal(5);
    expect(median([10, 9, 1, 2])).to.equal(5.5);
    expect(() => median([])).to.throw(RangeError);
  });

  it("gives the order statistics of the sign test", () => {
    // Tabulated: n = 6 → 1, 8 → 1, 9 → 2, 12 → 3, 15 → 4, 20 → 6.
    expect([6, 8, 9, 12, 15, 20].map(orderRank)).to.deep.equal([1, 1, 2, 3, 4, 6]);
    expect(medianInterval([9, 8, 7, 6, 5, 4, 3, 2, 1])).to.deep.equal([2, 8]);
  });

  it("is not surer of few runs than they allow", () => {
    expect(medianInterval([3])).to.equal(null);
    const [low, high] = /** @type {[number, number]} */ (medianInterval([1, 2, 3]));
    expect(low).to.be.closeTo(2 - 4.303 / Math.sqrt(3), 1e-3);
    expect(high).to.be.closeTo(2 + 4.303 / Math.sqrt(3), 1e-3);
  });

  it("calls a difference inside the interval a tie", () => {
    const noisy = [1, 1.2, 0.9, 1.1, 1, 0.8, 1.05, 0.95, 1.02];
    const other = [1.1, 1, 1, 1, 0.9, 1.1, 1, 1.02, 0.98];
    expect(compare(noisy, other).verdict).to.equal("tie");
    expect(compare([1], [2]).verdict).to.equal("tie");
  });

  it("sees a small difference through drift that both share", () => {
    const drift = [1, 3, 2, 5, 4, 9, 7, 8, 6];
    const worse = compare(
      drift.map((value) => value * 1.02),
      drift,
    );
    expect(worse.verdict).to.equal("higher");
    expect(worse.ratio).to.be.closeTo(1.02, 1e-9);
    expect(
      compare(
        drift,
        [...drift].map((value) => value * 1.02),
      ).verdict,
    ).to.equal("lower");
  });

  it("refuses rounds that do not pair up", () => {
    expect(() => compare([1, 2], [1])).to.throw(RangeError);
  });
});
