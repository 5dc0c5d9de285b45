/** A mark that is called reached when it is not would be worse than none. */
import { expect } from "chai";
import { judge, markFigure } from "../judge.mjs";
import { marks, subjectsOfMarks } from "../marks.mjs";
import { shapes } from "../shapes.mjs";
import { subjects } from "../subjects.mjs";
import { resultOf, sampleOf } from "./results.mjs";

describe("marks", () => {
  it("name shapes and subjects that there are", () => {
    for (const { shape } of marks) {
      expect(
        shapes.map(({ name }) => name),
        shape,
      ).to.include(shape);
      const known = subjects.map(({ name }) => name);
      for (const name of subjectsOfMarks(shape)) expect(known, shape).to.include(name);
    }
    expect(new Set(marks.map(({ row }) => row)).size).to.equal(11);
  });

  it("are reached at the limit and missed beyond it", () => {
    expect(stateOf("tcp-echo-64", { "pike-epoll": 1.12, "c-epoll": 1 }, 1.12)).to.equal("reached");
    expect(stateOf("tcp-echo-64", { "pike-epoll": 1.13, "c-epoll": 1 }, 1.12)).to.equal("missed");
    expect(stateOf("tcp-echo-64", { "pike-epoll": 1 }, 1.12)).to.equal("not measured");
  });

  it("take the best backend where one is enough, the worst where all have to", () => {
    const costs = { "pike-epoll": 1.2, "pike-io_uring": 1.0, "c-epoll": 1, node: 1.7 };
    expect(outcomeOf("tcp-echo-64", costs, 1.03).subject).to.equal("pike-io_uring");
    expect(outcomeOf("tcp-echo-64", costs, 1.03).state).to.equal("reached");
    expect(outcomeOf("tcp-echo-64", costs, 0.68).subject).to.equal("pike-epoll");
    expect(outcomeOf("tcp-echo-64", costs, 0.68).state).to.equal("missed");
  });

  it("turn round for rates, which are to be high", () => {
    const result = resultOf("udp-receive-gro", { "pike-epoll": 1, node: 10 });
    const outcome = judge([result], "epoll").find(({ mark }) => mark.limit === 12);
    // Ten times cheaper is ten times faster here, and 12 are asked for.
    expect(outcome?.value).to.be.closeTo(10, 1e-9);
    expect(outcome?.state).to.equal("missed");
  });

  it("call a tie no worse", () => {
    const result = resultOf("tcp-echo-1", { "pike-epoll": 1, node: 1 });
    const [pike, node] = result.measured;
    const noisy = [1.1, 0.9, 1.05, 0.95, 1.2, 0.8, 1.06, 1.02, 1.01];
    const samples = noisy.map((value) => sampleOf(value));
    const measured = [
      { ...pike, samples },
      { ...node, samples: noisy.map(() => sampleOf(1)) },
    ];
    const outcomes = judge(
      [{ ...result, measured: /** @type {typeof result.measured} */ (measured) }],
      "epoll",
    );
    const outcome = outcomes.find(({ mark }) => mark.shape === "tcp-echo-1");
    expect(outcome?.value).to.be.greaterThan(1);
    expect(outcome?.state).to.equal("reached");
    expect(outcome?.close).to.equal(true);
  });

  it("of values and differences are read with their units", () => {
    const result = resultOf("tcp-idle", { "pike-epoll": 1 });
    const native = judge([result], "epoll").find(({ mark }) => mark.measure === "native");
    expect(native?.state).to.equal("reached");
    expect(native && markFigure(native.mark, native.value)).to.equal("100 B");
    const started = judge([resultOf("start", { "pike-epoll": 25_000, node: 14_000 })], "epoll");
    const start = started.find(({ mark }) => mark.shape === "start");
    expect(start?.state).to.equal("missed");
    expect(start && markFigure(start.mark, start.value)).to.equal("node + 11.0 ms");
  });
});

/**
 * @param {string} shape
 * @param {Readonly<Record<string, number>>} costs
 * @param {number} limit
 */
function outcomeOf(shape, costs, limit) {
  const outcomes = judge([resultOf(shape, costs)], "epoll");
  const found = outcomes.find(({ mark }) => mark.shape === shape && mark.limit === limit);
  if (found === undefined) throw new Error(`no mark of ${limit} for ${shape}`);
  return found;
}

/** @param {Parameters<typeof outcomeOf>} words */
function stateOf(...words) {
  return outcomeOf(...words).state;
}
