/**
 * Random calls with random arguments over every public function: the process lives, every error is
 * one of pike's, every promise settles, and no descriptor is left.
 *
 * PIKE_FUZZ_CALLS says how many (default 100,000, over both notifiers together), PIKE_FUZZ_SEED
 * which (default: another each day, and printed).
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("./fuzz/program.js", import.meta.url));
const calls = Number(process.env["PIKE_FUZZ_CALLS"] ?? 100_000);
const seed = Number(process.env["PIKE_FUZZ_SEED"] ?? Math.floor(Date.now() / 86_400_000));

describe(`random calls, seed ${seed}`, function () {
  this.timeout(Math.max(120_000, calls));

  for (const [kind, share] of [
    ["native", 0.7],
    ["memory", 0.3],
  ] as const) {
    const count = Math.ceil(calls * share);
    const name = `${count} over ${kind} end with the process alive and nothing left`;
    const lacksStage =
      process.platform === "win32" && process.env["PIKE_WINDOWS_STAGE"] === undefined;
    if (lacksStage) {
      it(`${name} [not run: PIKE_WINDOWS_STAGE names no stage]`);
      continue;
    }
    it(name, () => {
      const given = [program, kind, String(count), String(seed)];
      const { status, signal, stdout, stderr } = spawnSync(process.execPath, given, {
        encoding: "utf8",
        timeout: Math.max(100_000, calls),
      });
      expect({ status, signal, stderr }).to.deep.equal({ status: 0, signal: null, stderr: "" });
      const figures = JSON.parse(stdout);
      expect(figures.calls).to.equal(count);
      expect(figures.settled).to.equal(figures.promises);
      // Random calls that all fail would try nothing: most of the functions get somewhere.
      expect(figures.errors).to.be.below(count * 0.9);
      expect(figures.codes, "errors that pike has no name for").to.not.have.property("EUNKNOWN");
      expect(Object.keys(figures.codes)).to.include.members(["PIKE_TYPE", "PIKE_RANGE"]);
    });
  }
});
