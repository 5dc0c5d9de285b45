/** The table of options: each row can be checked and laid out. */
import { defaultLimits, optionTable } from "@pike-io/notifier";
import { expect } from "chai";

describe("the table of options", () => {
  it("gives every row a kind, an access, and numbers a range", () => {
    for (const [name, row] of Object.entries(optionTable)) {
      expect(["both", "get", "set"], name).to.include(row.access);
      if (row.kind !== "integer" && row.kind !== "milliseconds") continue;
      expect(row.least, name).to.be.a("number");
      expect(row.largest, name).to.be.above(row.least as number);
    }
  });

  it("keeps its order: it is part of the layout between TypeScript and native code", () => {
    expect(Object.keys(optionTable).slice(0, 4)).to.deep.equal([
      "debug",
      "listening",
      "reuseAddress",
      "reusePort",
    ]);
    expect(Object.keys(optionTable).at(-1)).to.equal("leaveGroup");
    expect(Object.keys(optionTable)).to.have.length(32);
  });

  it("has limits that are whole numbers above 0", () => {
    expect(defaultLimits).to.deep.equal({ handles: 1_048_576, queue: 1_024, immediate: 16 });
  });
});
