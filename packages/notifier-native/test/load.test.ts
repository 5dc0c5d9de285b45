/** Hazard: a binary from somewhere else, or of another build, is loaded and misreads memory. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { binaryPath, openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { run } from "./program.js";

const open = `
try { openNotifier(); console.log("opened"); }
catch (error) { console.log(error.code, error.message); }
`;

describe("loading the binary", () => {
  let directory = "";
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "pike-load-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("takes it from the package's own directory, and says from where", () => {
    expect(isAbsolute(binaryPath())).to.equal(true);
  });

  it("takes PIKE_NATIVE_PATH when it is absolute", async () => {
    const { stdout } = await run(open, { PIKE_NATIVE_PATH: binaryPath() });
    expect(stdout).to.equal("opened\n");
  });

  it("refuses a relative PIKE_NATIVE_PATH", async () => {
    const { stdout } = await run(open, { PIKE_NATIVE_PATH: "pike.node" });
    expect(stdout).to.match(/^PIKE_NO_BINARY .*must be an absolute path/);
  });

  it("names a path that does not exist, and the way out", async () => {
    const { stdout } = await run(open, { PIKE_NATIVE_PATH: join(directory, "none.node") });
    expect(stdout)
      .to.match(/^PIKE_NO_BINARY .*does not exist/)
      .and.to.include("Build it with");
  });

  it("refuses a binary of another layout, naming its path", async () => {
    const stale = join(directory, "stale.cjs");
    writeFileSync(stale, 'exports.layout = () => "1,2,3";');
    const { stdout } = await run(open, { PIKE_NATIVE_PATH: stale });
    expect(stdout)
      .to.match(/^PIKE_NO_BINARY /)
      .and.to.include(`${stale} was built for another version`);
  });

  it("says what the system said of a file that is no binary, with platform and libc", async () => {
    const garbage = join(directory, "garbage.node");
    writeFileSync(garbage, "not a binary");
    const { stdout } = await run(open, { PIKE_NATIVE_PATH: garbage });
    expect(stdout).to.match(new RegExp(`^PIKE_NO_BINARY no binary for ${process.platform}-`));
    expect(stdout).to.include("could not be loaded");
  });
});

describe("opening a notifier with wrong options", () => {
  /** Another system's. */
  const foreign = process.platform === "win32" ? "kqueue" : "iocp";
  const refused: readonly [string, unknown, string][] = [
    ["a string", "epoll", "PIKE_TYPE"],
    ["a backend that is no string", { backend: 7 }, "PIKE_TYPE"],
    ["a backend that does not exist here", { backend: foreign }, "PIKE_UNSUPPORTED"],
    ["an unknown drive", { drive: "auto" }, "PIKE_TYPE"],
    ["a dispatch that is no function", { dispatch: true }, "PIKE_TYPE"],
    ["a limit of another type", { limits: { handles: "9" } }, "PIKE_TYPE"],
    ["a limit below its range", { limits: { queue: 0 } }, "PIKE_RANGE"],
    ["a limit above its range", { limits: { handles: 1_048_577 } }, "PIKE_RANGE"],
  ];
  for (const [what, options, code] of refused) {
    it(`refuses ${what}`, () => {
      expect(() => openNotifier(options as never))
        .to.throw()
        .with.property("code", code);
    });
  }

  it("takes the backend from PIKE_NOTIFIER, and refuses one that does not exist", async () => {
    const { stdout: name } = await run("console.log(openNotifier().backend)");
    const backend = name.trim();
    const named = await run("console.log(openNotifier().reason)", { PIKE_NOTIFIER: backend });
    expect(named.stdout).to.equal(`${backend} was asked for by name\n`);
    const { stdout } = await run(open, { PIKE_NOTIFIER: foreign });
    expect(stdout).to.include(`PIKE_UNSUPPORTED there is no backend "${foreign}"`);
  });
});
