/** Datagrams many at once: how many arrived, in how few batches, and what a refusal says. */
import { expect } from "chai";
import { start } from "./run.mjs";

describe("examples/udp-batches.mjs", () => {
  for (const offload of ["1", "0"]) {
    it(`counts what it sent and received${offload === "0" ? ", without offload as well" : ""}`, async () => {
      const env = { ...process.env, PIKE_OFFLOAD: offload };
      const example = start("udp-batches.mjs", ["1234"], { env });
      const { code, output, errors } = await example.end();
      expect(errors).to.equal("");
      const [first, ...rest] = output.trim().split("\n");
      const [, batches] = /^1234 datagrams, 1727600 bytes, (\d+) batches$/.exec(first) ?? [];
      expect(Number(batches)).to.be.within(13, 1_233);
      expect(rest).to.deep.equal([
        "3 sent",
        '2, the last "to one again", own: true',
        '1, the last "to the other", own: true',
        "EMSGSIZE after 1",
      ]);
      expect(code).to.equal(0);
    });
  }
});
