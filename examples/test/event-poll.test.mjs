/** The poller by hand: its output is the same at every run, to the letter. */
import { expect } from "chai";
import { start } from "./run.mjs";

describe("examples/event-poll.mjs", () => {
  it("drives the poller three times by an event, and times out once", async () => {
    const { code, output, errors } = await start("event-poll.mjs").end();
    expect(errors).to.equal("");
    expect(output.trimEnd().split("\n")).to.deep.equal([
      "poll 1: 1 completion, 1 post taken",
      "poll 2: 1 completion, 1 post taken",
      "poll 3: 1 completion, 1 post taken",
      "poll 4: timed out with 0 completions",
    ]);
    expect(code).to.equal(0);
  });
});
