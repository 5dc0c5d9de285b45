/** A subject that cannot be measured must be seen to have failed, never be left out. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const tool = fileURLToPath(new URL("../main.mjs", import.meta.url));

describe("benchmark command", function () {
  this.timeout(60_000);
  /** @type {string} */
  let folder;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "bench-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  it("measures, and writes one row for each shape and subject", () => {
    const json = join(folder, "good.json");
    const { status, stdout } = bench(["--subjects", "c-epoll,node", "--json", json]);
    expect(status).to.equal(0);
    expect(stdout).to.include("× c-epoll");
    const rows = JSON.parse(readFileSync(json, "utf8"));
    expect(rows.map((/** @type {{ subject: string }} */ { subject }) => subject)).to.deep.equal([
      "c-epoll",
      "node",
    ]);
    for (const row of rows) {
      expect(row).to.have.all.keys(
        ...["shape", "subject", "cpu_us_per_op", "ci95", "ops_per_s"],
        ...["p50_us", "p99_us", "rss_kb", "runs"],
      );
      expect(row.shape).to.equal("tcp-echo-1");
      expect(row.runs).to.equal(2);
      expect(row.cpu_us_per_op).to.be.within(row.ci95[0], row.ci95[1]);
      expect(row.cpu_us_per_op).to.be.greaterThan(0);
    }
  });

  it("exits with 1 and names the subject whose server does not start", () => {
    const json = join(folder, "bad.json");
    const breaking =
      'if(process.argv[1]?.includes("node-echo"))throw new Error("broken on purpose")';
    const { status, stdout } = bench(["--subjects", "c-epoll,node", "--json", json], {
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(breaking)}`,
    });
    expect(status).to.equal(1);
    expect(stdout).to.match(/node FAILED: .*broken on purpose/);
    expect(stdout).to.match(/Failed, and so not measured:\n {2}tcp-echo-1: node\n/);
    const rows = JSON.parse(readFileSync(json, "utf8"));
    expect(rows).to.have.length(1);
    expect(rows[0].subject).to.equal("c-epoll");
  });

  it("exits with 2 for options that make no sense", () => {
    for (const args of [
      ["--subjects", "c"],
      ["--shapes", ""],
      ["--runs", "0"],
      ["--runs", "1.5"],
      ["--seconds", "x"],
      ["--json", "/nowhere/at/all.json"],
      ["--unheard-of"],
    ]) {
      const { status, stderr } = spawnSync(process.execPath, [tool, ...args], { encoding: "utf8" });
      expect(status, args.join(" ")).to.equal(2);
      expect(stderr).to.not.match(/\n\s+at /);
    }
  });
});

/**
 * A short benchmark of one shape.
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} env
 */
function bench(args, env = {}) {
  const all = [
    "--no-build",
    "--quick",
    "--runs",
    "2",
    "--seconds",
    "0.05",
    "--shapes",
    "tcp-echo-1",
  ];
  return spawnSync(process.execPath, [tool, ...all, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
}
