/** The versioned agreement: who is refused, and what the refusal tells. */
import { contract, contractVersion, type Requirement, requireContract } from "@pike-io/notifier";
import { expect } from "chai";
import { importCopy } from "./copy.js";

const needs: Requirement = {
  layer: "@pike-io/socket",
  version: "2.1.0",
  major: 1,
  minor: 2,
  operations: ["read", "write"],
};

function notifier(changes: object = {}, more: object = {}): object {
  const operations = new Set(["read", "write", "more"]);
  return {
    [contract]: { name: "my-notifier 3.0", major: 1, minor: 2, operations, ...changes },
    ...more,
  };
}

function refusal(value: unknown): { code?: string; message?: string } {
  try {
    requireContract(value, needs);
    return {};
  } catch (error) {
    return error as { code: string; message: string };
  }
}

describe("the contract", () => {
  it("takes a notifier of this major and minor, or a later minor", () => {
    expect(refusal(notifier())).to.deep.equal({});
    expect(refusal(notifier({ minor: 3 }))).to.deep.equal({});
  });

  it("knows a notifier by the global symbol, so that two copies of this package agree", async () => {
    expect(contract).to.equal(Symbol.for("@pike-io/notifier.contract"));
    const copy: { requireContract: typeof requireContract } = await importCopy("contract.js");
    expect(copy.requireContract).to.not.equal(requireContract);
    expect(() => copy.requireContract(notifier(), needs)).to.not.throw();
    expect(contractVersion.major).to.be.at.least(1);
  });

  it("refuses another major with both sides and the way out in the message", () => {
    const older = refusal(notifier({ major: 0, minor: 9 }));
    expect(older.code).to.equal("PIKE_CONTRACT_MISMATCH");
    expect(older.message)
      .to.include("@pike-io/socket 2.1.0 needs notifier contract 1.2 or later")
      .and.include("my-notifier 3.0 speaks 0.9")
      .and.include("Upgrade my-notifier");
    const newer = refusal(notifier({ major: 2, minor: 0 }));
    expect(newer.code).to.equal("PIKE_CONTRACT_MISMATCH");
    expect(newer.message).to.include("Upgrade @pike-io/socket");
  });

  it("refuses an older minor", () => {
    expect(refusal(notifier({ minor: 1 })).code).to.equal("PIKE_CONTRACT_MISMATCH");
  });

  it("refuses a notifier without an operation, by the operation's name", () => {
    const found = refusal(notifier({ operations: new Set(["read"]) }));
    expect(found.code).to.equal("PIKE_UNSUPPORTED");
    expect(found.message).to.include('"write"').and.include("my-notifier 3.0");
  });

  it("refuses a closed notifier, and what is none", () => {
    expect(refusal(notifier({}, { closed: true })).code).to.equal("PIKE_CLOSED");
    const none = [undefined, null, 0, "epoll", {}, [], () => {}, { [contract]: null }];
    for (const value of [...none, { [contract]: "1.0" }]) {
      expect(refusal(value).code, String(value)).to.equal("PIKE_TYPE");
    }
  });
});
