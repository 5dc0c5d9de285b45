/** Errors: shaped as Node's own, and complete enough to act upon. */
import { Code, codeName, describeCode, PikeError, systemError } from "@pike-io/notifier";
import { expect } from "chai";
import { importCopy } from "./copy.js";

describe("errors", () => {
  it("carry code, errno, syscall and address, as people know them from Node", () => {
    const address = { family: "ipv4", address: "127.0.0.1", port: 7_001 } as const;
    const error = systemError(Code.ECONNREFUSED, { syscall: "connect", address });
    expect(error).to.be.an.instanceOf(Error);
    expect(error).to.include({
      code: "ECONNREFUSED",
      errno: -111,
      syscall: "connect",
      address: "127.0.0.1",
      port: 7_001,
      message: "connect 127.0.0.1:7001: connection refused",
      name: "PikeError [ECONNREFUSED]",
    });
    expect(error.transferred).to.equal(undefined);
    expect(String(error)).to.equal(`PikeError [ECONNREFUSED]: ${error.message}`);
  });

  it("name Unix sockets by path or by @name, without a port", () => {
    const unix = { syscall: "bind", address: { family: "unix", path: "/a" } } as const;
    expect(systemError(Code.EADDRINUSE, unix)).to.include({ address: "/a", port: undefined });
    const abstract = { syscall: "bind", address: { family: "unix", abstract: "a" } } as const;
    expect(systemError(Code.EADDRINUSE, abstract).address).to.equal("@a");
  });

  it("of an abort are AbortErrors, so that programs tell them as they tell fetch's", () => {
    const error = systemError(Code.PIKE_ABORTED, { syscall: "recv" });
    expect(error).to.include({ name: "AbortError", code: "PIKE_ABORTED" });
  });

  it("say how much was moved, and a detail in place of the sentence", () => {
    const context = { syscall: "send", transferred: 12, detail: "it was told to" };
    const error = systemError(Code.PIKE_TIMEOUT, context);
    expect(error).to.include({ transferred: 12, message: "send: it was told to" });
  });

  it("of wrong arguments are TypeErrors and RangeErrors with a code", () => {
    expect(PikeError.type("a")).to.be.an.instanceOf(TypeError).and.include({ code: "PIKE_TYPE" });
    expect(PikeError.range("a"))
      .to.be.an.instanceOf(RangeError)
      .and.include({ code: "PIKE_RANGE" });
  });

  it("have a name and a sentence for every code, and no two share a number", () => {
    const numbers = Object.values(Code);
    expect(new Set(numbers).size).to.equal(numbers.length);
    for (const [name, number] of Object.entries(Code)) {
      expect(codeName(number)).to.equal(name);
      expect(describeCode(number)).to.match(/^[a-z].{3,}/);
    }
    expect(codeName(-1)).to.equal("EUNKNOWN");
    expect(describeCode(99_999)).to.equal(describeCode(Code.EUNKNOWN));
  });

  it("are instances of PikeError whichever copy of the package made them", async () => {
    const other: { PikeError: typeof PikeError } = await importCopy("error.js");
    expect(other.PikeError).to.not.equal(PikeError);
    const error: unknown = new other.PikeError("PIKE_CLOSED", "closed");
    expect(error instanceof PikeError).to.equal(true);
    expect(PikeError.type("wrong") instanceof PikeError).to.equal(false);
    for (const none of [null, undefined, "PikeError", {}, new Error("other")]) {
      expect((none as unknown) instanceof PikeError).to.equal(false);
    }
  });

  it("are instances of a subclass only where it made them", () => {
    class Own extends PikeError {}
    expect(new Own("PIKE_CLOSED", "closed") instanceof PikeError).to.equal(true);
    expect(new Own("PIKE_CLOSED", "closed") instanceof Own).to.equal(true);
    expect(new PikeError("PIKE_CLOSED", "closed") instanceof Own).to.equal(false);
  });

  it("of this system have Linux's numbers, so that errno means what it says", async () => {
    const { constants } = await import("node:os");
    for (const [name, number] of Object.entries(constants.errno)) {
      const own = (Code as { readonly [name: string]: number | undefined })[name];
      if (own !== undefined) expect(own, name).to.equal(number);
    }
  });
});
