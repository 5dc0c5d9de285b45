/** Hazards: the wrong file of several is loaded; one outside the package is; nobody learns why. */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { binaryPath } from "@pike-io/notifier-native";
import { expect } from "chai";
import { interpreterOf, runningLibc } from "../dist/libc.js";

const compiled = fileURLToPath(new URL("../dist", import.meta.url));
const contract = fileURLToPath(new URL("../../notifier", import.meta.url));
const system = `${process.platform}-${process.arch}`;
const binary = process.platform === "linux" ? `pike.${runningLibc()}.node` : "pike.node";

describe("a copy of this package", () => {
  let directory = "";
  let prebuilt = "";

  beforeEach(() => {
    directory = realpathSync(mkdtempSync(join(tmpdir(), "pike-placed-")));
    prebuilt = join(directory, "prebuilds", system, binary);
    cpSync(compiled, join(directory, "dist"), { recursive: true });
    manifest("@pike-io/notifier-native");
    mkdirSync(join(directory, "node_modules/@pike-io"), { recursive: true });
    symlinkSync(contract, join(directory, "node_modules/@pike-io/notifier"), "dir");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  function manifest(name: string): void {
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name, type: "module" }));
  }

  function place(path: string): string {
    mkdirSync(dirname(path), { recursive: true });
    copyFileSync(binaryPath(), path);
    return path;
  }

  /** The path that was loaded, or the error. */
  function loads(env: Readonly<Record<string, string>> = {}): string {
    const source = `
      const { binaryPath } = await import("./dist/index.js");
      try { console.log(binaryPath()); } catch (error) { console.log(error.code, error.message); }`;
    const { stdout } = spawnSync(process.execPath, ["--input-type=module", "--eval", source], {
      cwd: directory,
      env: { ...process.env, NODE_V8_COVERAGE: "", PIKE_NATIVE_PATH: undefined, ...env },
      encoding: "utf8",
    });
    return stdout.trim();
  }

  it("loads its prebuilt binary for this system", () => {
    place(prebuilt);
    place(join(directory, "prebuilds/aix-ppc64/pike.node"));
    expect(loads()).to.equal(prebuilt);
  });

  it("prefers what was built from source", () => {
    place(prebuilt);
    const built = place(join(directory, "native/build/Release/pike.node"));
    expect(loads()).to.equal(built);
  });

  it("is not led elsewhere by the variables of other loaders", () => {
    const elsewhere = join(directory, "elsewhere");
    place(join(elsewhere, "prebuilds", system, binary));
    place(prebuilt);
    const led = { "@PIKE_IO/NOTIFIER_NATIVE_PREBUILD": elsewhere, PIKE_PREBUILD: elsewhere };
    expect(loads(led)).to.equal(prebuilt);
  });

  it("refuses a link that leads out of the package", () => {
    mkdirSync(dirname(prebuilt), { recursive: true });
    symlinkSync(binaryPath(), prebuilt);
    expect(loads()).to.match(/^PIKE_NO_BINARY .*leads outside this package and is refused/);
  });

  it("names the system, what it tried, what is there, and the way out", () => {
    place(join(directory, "prebuilds/aix-ppc64/pike.node"));
    const message = loads();
    expect(message).to.include(`no binary for ${system} (`);
    if (process.platform === "linux") expect(message).to.match(/\((glibc [\d.]+|musl)\)/);
    expect(message).to.include(join(directory, "native/build/Release/pike.node"));
    expect(message).to.include(prebuilt);
    expect(message).to.include("there for aix-ppc64");
    expect(message).to.match(/npx @pike-io\/notifier-native build$/);
  });

  it("takes nothing from the folder above a bundle, and what lies beside it", () => {
    manifest("a-server");
    place(prebuilt);
    expect(loads()).to.include("no binary for").and.to.not.include(prebuilt);
    const beside = place(join(directory, "dist/prebuilds", system, binary));
    expect(loads()).to.equal(beside);
  });

  it("finds the installed package from within another one's file", () => {
    const installed = join(directory, "node_modules/@pike-io/notifier-native");
    const there = place(join(installed, "prebuilds", system, binary));
    writeFileSync(join(installed, "package.json"), '{ "name": "@pike-io/notifier-native" }');
    manifest("pike-io");
    expect(loads()).to.equal(there);
  });

  it("takes one beside a bundle that stands in no package", () => {
    rmSync(join(directory, "package.json"));
    writeFileSync(join(directory, "dist/package.json"), '{ "type": "module" }');
    const beside = place(join(directory, "dist/prebuilds", system, binary));
    expect(loads()).to.equal(beside);
  });
});

describe("the C library", () => {
  const file = join(tmpdir(), `pike-libc-${process.pid}`);
  afterEach(() => rmSync(file, { force: true }));

  /** elf(5): a header and one segment that names a loader. */
  function elf(interpreter: string): void {
    const bytes = Buffer.alloc(64 + 56 + interpreter.length + 1);
    bytes.write("\x7fELF", "latin1");
    bytes.writeBigUInt64LE(64n, 32);
    bytes.writeUInt16LE(56, 54);
    bytes.writeUInt16LE(1, 56);
    bytes.writeUInt32LE(3, 64);
    bytes.writeBigUInt64LE(120n, 64 + 8);
    bytes.writeBigUInt64LE(BigInt(interpreter.length + 1), 64 + 32);
    bytes.write(interpreter, 120, "latin1");
    writeFileSync(file, bytes);
  }

  it("is told by the loader that a program names", () => {
    elf("/lib/ld-musl-x86_64.so.1");
    expect(interpreterOf(file)).to.equal("/lib/ld-musl-x86_64.so.1");
    expect(runningLibc(file)).to.equal("musl");
    elf("/lib64/ld-linux-x86-64.so.2");
    expect(runningLibc(file)).to.equal("glibc");
  });

  it("is glibc for what names none: a short file, another kind of file, none at all", () => {
    for (const text of ["", "\x7fELF", "#!/bin/sh\n".repeat(20)]) {
      writeFileSync(file, text, "latin1");
      expect(interpreterOf(file)).to.equal("");
    }
    expect(runningLibc(join(file, "none"))).to.equal("glibc");
  });
});

describe("the command that builds from source", () => {
  const command = join(compiled, "build.js");
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [command, ...args], { encoding: "utf8" });

  it("says what it does when asked, and when asked for something else", () => {
    const asked = run("--help");
    expect(asked.status).to.equal(0);
    expect(asked.stdout).to.match(/^usage: npx @pike-io\/notifier-native build/);
    for (const args of [[], ["install"], ["build", "--fast"]]) {
      const refused = run(...args);
      expect(refused.status).to.equal(2);
      expect(refused.stderr).to.equal(asked.stdout);
    }
  });
});
