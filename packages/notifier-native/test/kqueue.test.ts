/**
 * Hazard: the backend is right about a kqueue(2) that is no kernel's. The program of
 * native/test/kqueue_test.cc holds what the manual pages promise against the stand-in on Linux, and
 * against the kernel itself on macOS and the BSDs.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { reactorName } from "./reactor-name.js";

const native = fileURLToPath(new URL("../native", import.meta.url));
const run = promisify(execFile);

/** One process each, as signals and descriptors are the process's. */
const cases = readFileSync(join(native, "test/kqueue_cases.h"), "utf8")
  .split("\n")
  .flatMap((line) => /^void (\w+)\(\);$/.exec(line)?.[1] ?? []);

const environment = { ...process.env, LD_PRELOAD: "", ASAN_OPTIONS: "detect_leaks=1" };

function sourcesIn(folder: string, name: RegExp): string[] {
  const files = readdirSync(join(native, folder)).filter((file) => name.test(file));
  return files.map((file) => join(native, folder, file));
}

/** What the program needs beside itself: nothing where the system has kqueue(2). */
function standin(): readonly string[] {
  if (process.platform !== "linux") return [];
  const own = sourcesIn("test/kqueue", /^standin_\w+\.cc$/);
  const calls = own.flatMap((path) => [
    ...readFileSync(path, "utf8").matchAll(/ __wrap_(\w+)\(.*;$/gm),
  ]);
  return [
    `-I${join(native, "test/kqueue")}`,
    ...calls.map(([, name]) => `-Wl,--wrap=${name}`),
    ...own,
    ...sourcesIn("src", /^signal_(?!queue)\w+_linux\.cc$/),
  ];
}

if (reactorName !== "kqueue") {
  it("kqueue(2) itself, against its manual pages (skipped: this is epoll)");
} else {
  describe("kqueue(2) itself, against its manual pages", () => {
    let folder: string;
    let program: string;

    before(() => {
      folder = mkdtempSync(join(tmpdir(), "pike-kqueue-"));
      program = join(folder, "kqueue_test");
      const isSanitized = process.env["PIKE_SANITIZER"] === "address";
      execFileSync(
        process.env["CXX"] ?? "c++",
        [
          ...["-std=c++17", "-O1", "-g", "-pthread", "-Wall", "-Wextra", "-Werror"],
          ...(isSanitized ? ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"] : []),
          ...["-o", program],
          ...sourcesIn("test", /^kqueue_\w+\.cc$/),
          ...standin(),
        ],
        { stdio: "inherit", env: environment },
      );
    }).timeout(120_000);

    after(() => rmSync(folder, { recursive: true, force: true }));

    it("has no case that isn't run here", () => {
      const listed = execFileSync(program, { env: environment, encoding: "utf8" });
      expect(listed.trim().split("\n")).to.deep.equal(cases);
    });

    for (const name of cases) {
      it(name.replaceAll("_", " "), () => run(program, [name], { env: environment })).timeout(
        60_000,
      );
    }
  });
}
