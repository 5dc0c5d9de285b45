/**
 * `npm run test:pack`: packs every package and uses the tarballs as a stranger would, in projects
 * outside of this repository: see tools/pack/suites.
 *
 * The package managers, bundlers and compilers for it are no dependencies of the repository; npm
 * fetches them into tools/pack by the lock file there. With `--made` the binaries are taken as they
 * lie, and none is made. Other arguments go to mocha.
 */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "./build.mjs";
import { packAll } from "./pack/tarballs.mjs";
import { fetchCompiler, nodeHeaders } from "./prebuild/compiler.mjs";
import { make } from "./prebuild/make.mjs";
import { isHost, TARGETS } from "./prebuild/targets.mjs";
import { installIsStale, npmCommand } from "./stages/install.mjs";
import { fail, root, run, SetupError, stage } from "./stages/run.mjs";
import { runSuites } from "./suites/mocha.mjs";
import { report } from "./suites/report.mjs";

const folder = fileURLToPath(new URL("pack/", import.meta.url));

try {
  const isMade = process.argv.includes("--made");
  await build();
  if (!isMade) await stage("compiler", fetchCompiler);
  if (!isMade) await stage("binary", prebuild);
  await stage("tools", fetchTools);
  let packed = [];
  await stage("pack", async () => {
    packed = await packAll();
  });
  printSizes(packed);
  report(await runSuites(["--timeout=600000", ...forMocha(), ...suites()]));
} catch (error) {
  fail(error);
}

/** The binary of this system; those of others are in the tarball too where they were made. */
async function prebuild() {
  const target = TARGETS.find(isHost);
  if (target === undefined) throw new SetupError("there is no prebuilt binary for this system");
  const { missing, wrong, isFresh } = await make(target, await nodeHeaders());
  if (missing !== undefined) throw new SetupError(`${target.name} cannot be made: ${missing}`);
  if (wrong.length > 0) throw new SetupError(`${target.name} ${wrong.join("; ")}`);
  return `${target.name} ${isFresh ? "up to date" : "made"}`;
}

async function fetchTools() {
  if (!installIsStale(folder)) return "up to date";
  const [npm, ...args] = npmCommand();
  await run(npm, [...args, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  return "fetched";
}

function forMocha() {
  return process.argv.slice(2).filter((one) => one !== "--made");
}

function suites() {
  return readdirSync(join(folder, "suites")).map((name) =>
    relative(root, join(folder, "suites", name)),
  );
}

function printSizes(packed) {
  const kib = (bytes) => `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;
  console.log("\ntarball                      packed     unpacked");
  for (const { name, size, unpacked } of packed) {
    console.log(`${name.padEnd(25)} ${kib(size)} ${kib(unpacked)}`);
  }
  const binaries = packed.flatMap(({ files }) =>
    files.filter(({ path }) => path.endsWith(".node")),
  );
  for (const { path, size } of binaries) console.log(`${path.padEnd(37)} ${kib(size)}`);
}
