/**
 * The runner must never call a crashed, empty or hung run a success, nor lose coverage nobody has.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { checkNode, installIsStale } from "../stages/install.mjs";
import { withLock } from "../stages/lock.mjs";
import { isStale } from "../stages/native.mjs";
import { removeOrphans } from "../stages/typescript.mjs";
import { belowFloors, measure } from "../suites/coverage.mjs";
import { judge } from "../suites/mocha.mjs";

const ended = (code, signal = null) => ({ code, signal, timedOut: false });

describe("test runner: counts", () => {
  const green = { passed: 3, failed: 0, skipped: [] };

  it("takes a clean run as it is", () => {
    expect(judge(green, ended(0))).to.deep.equal({ ...green, note: null });
  });

  it("fails a run that crashed before or after its summary", () => {
    expect(judge(null, ended(null, "SIGSEGV"))).to.include({ passed: 0, failed: 1 });
    expect(judge(green, ended(null, "SIGABRT"))).to.include({ passed: 3, failed: 1 });
    expect(judge(green, ended(7))).to.include({ failed: 1 });
  });

  it("fails a run of no tests, and one that hung", () => {
    expect(judge({ passed: 0, failed: 0, skipped: [] }, ended(0))).to.include({ failed: 1 });
    expect(judge(null, { ...ended(null, "SIGKILL"), timedOut: true }).note).to.match(/hung/);
  });

  it("counts failures once", () => {
    const red = { passed: 2, failed: 2, skipped: ["a"] };
    expect(judge(red, ended(2))).to.deep.equal({ ...red, note: null });
  });
});

describe("test runner: the sum of several runs", () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-counts-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("names what failed, and takes a run without counts for a failure", () => {
    const counts = { passed: 3, failed: 1, skipped: 2 };
    writeFileSync(join(folder, "one.json"), JSON.stringify(counts));
    writeFileSync(join(folder, "one.failures"), "a handle closes: expected 1 to equal 2\n");
    const program = join(import.meta.dirname, "../counts.mjs");
    const { stdout, status } = spawnSync(process.execPath, [program, folder, "one", "gone"], {
      encoding: "utf8",
    });
    expect(stdout.trimEnd().split("\n")).to.deep.equal([
      "failed in one: a handle closes: expected 1 to equal 2",
      "run one: passed 3, failed 1, skipped 2",
      "run gone (it ended without counts): passed 0, failed 1, skipped 0",
      "3 passed, 2 failed, 2 skipped",
    ]);
    expect(status).to.equal(1);
  });
});

describe("test runner: the end of a run", () => {
  it("counts and names what failed beside the tests, and a run that was cut off", () => {
    const folder = mkdtempSync(join(tmpdir(), "pike-report-"));
    const env = {
      ...process.env,
      PIKE_TEST_COUNTS: join(folder, "one.json"),
      PIKE_TEST_FAILURES: join(folder, "one.failures"),
    };
    const source = `
      import { report } from ${JSON.stringify(new URL("../suites/report.mjs", import.meta.url))};
      const result = { passed: 3, failed: 1, skipped: ["a"], note: "mocha hung" };
      report(result, ["coverage of handle"]);`;
    const command = ["--input-type=module", "--eval", source];
    const { stdout, status } = spawnSync(process.execPath, command, { env, encoding: "utf8" });
    expect(stdout).to.match(/\nskipped: a\n.*\n3 passed, 2 failed, 1 skipped\n$/s);
    expect(status).to.equal(1);
    const counts = JSON.parse(readFileSync(env.PIKE_TEST_COUNTS, "utf8"));
    expect(counts).to.deep.equal({ passed: 3, failed: 2, skipped: 1 });
    const names = readFileSync(env.PIKE_TEST_FAILURES, "utf8");
    expect(names).to.equal("coverage of handle\nmocha hung\n");
    rmSync(folder, { recursive: true });
  });
});

describe("test runner: coverage floors", () => {
  const row = (covered, total) => ({ covered, total });
  const files = [
    { name: "handle", path: "/a.ts", lineCount: 50 },
    { name: "handle", path: "/b.ts", lineCount: 50 },
    { name: "handle", path: "/types.ts", lineCount: 0 },
  ];

  it("counts a file that no test loads as uncovered", () => {
    const summary = { "/a.ts": { lines: row(50, 50), branches: row(1, 1) } };
    expect(measure(summary, files)).to.deep.equal({ handle: { lines: 50, branches: 50 } });
  });

  it("names what is below its floor, and what has none", () => {
    const found = { handle: { lines: 89.9, branches: 80 }, socket: { lines: 100, branches: 100 } };
    const said = belowFloors(found, { handle: { lines: 90, branches: 80 } });
    expect(said).to.have.length(2);
    expect(said[0]).to.match(/handle: 89\.9 % of lines; the floor is 90/);
    expect(said[1]).to.match(/socket has no floor/);
    expect(belowFloors({ handle: { lines: Number.NaN, branches: 1 } }, said)).to.have.length(1);
  });
});

describe("build: what is up to date", () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-tools-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function put(path, text, time) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
    utimesSync(join(folder, path), time, time);
  }
  const lock = (version) =>
    JSON.stringify({ packages: { "": {}, "node_modules/a": { version, resolved: "x" } } });

  it("installs when nothing is there, or when the lock file names other versions", () => {
    put("package-lock.json", lock("1.0.0"), 1000);
    expect(installIsStale(folder)).to.equal(true);
    put("node_modules/.package-lock.json", lock("1.0.0"), 2000);
    expect(installIsStale(folder)).to.equal(false);
    put("package-lock.json", lock("1.0.0"), 3000);
    expect(installIsStale(folder), "touched only").to.equal(false);
    put("package-lock.json", lock("1.0.1"), 3000);
    expect(installIsStale(folder)).to.equal(true);
  });

  it("builds the native part when a source or the build file is newer, but not for what it made", () => {
    put("binding.gyp", "{}", 1000);
    put("src/a.cc", "", 1000);
    expect(isStale(join(folder, "build/Release/pike.node"), folder)).to.equal(true);
    put("build/Release/pike.node", "", 2000);
    put("build/Release/made.h", "", 3000);
    expect(isStale(join(folder, "build/Release/pike.node"), folder)).to.equal(false);
    put("src/deep/b.h", "", 3000);
    expect(isStale(join(folder, "build/Release/pike.node"), folder)).to.equal(true);
  });

  it("builds once at a time, and takes over from a build that died", async () => {
    const path = join(folder, "lock");
    const gone = spawnSync(process.execPath, ["-e", ""]).pid;
    writeFileSync(path, String(gone));
    let running = 0;
    const most = [];
    const work = async () => {
      most.push(++running);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
    };
    await Promise.all([withLock(path, work), withLock(path, work), withLock(path, work)]);
    expect(most).to.deep.equal([1, 1, 1]);
    expect(existsSync(path)).to.equal(false);
  });

  it("removes a compiled test whose source is gone, and nothing else", () => {
    put("packages/a/test/kept.test.ts", "", 1000);
    for (const name of ["kept.test.js", "kept.test.d.ts", "gone.test.js", "gone.test.js.map"]) {
      put(`packages/a/dist-test/${name}`, "", 1000);
    }
    put("packages/a/dist-test/.tsbuildinfo", "", 1000);
    expect(removeOrphans(folder)).to.equal(2);
    expect(removeOrphans(folder)).to.equal(0);
  });

  it("refuses a Node that is too old", () => {
    for (const version of ["18.20.0", "20.18.3", "21.7.0", "22.11.0"]) {
      expect(() => checkNode(version), version).to.throw(/pike needs Node/);
    }
    for (const version of ["20.19.0", "22.12.0", "23.0.0", "24.1.0"]) {
      expect(() => checkNode(version), version).to.not.throw();
    }
  });
});
