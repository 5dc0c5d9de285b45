/**
 * Builds the native part with node-gyp, only when a source is newer than the binary.
 *
 * It lies under packages/notifier-native/native. Variants with sanitizers go to folders of their
 * own, so that one never replaces the other.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { npmCommand } from "./install.mjs";
import { withLock } from "./lock.mjs";
import { root, run, SetupError } from "./run.mjs";

const folder = join(root, "packages/notifier-native/native");
const lock = join(root, ".cache/native.lock");
const built = join(folder, "build/Release/pike.node");

/** Builds when it is needed, and says what it did. */
export async function buildNative() {
  if (!existsSync(join(folder, "binding.gyp"))) return "no native part yet";
  if (!isStale(built)) return "up to date";
  checkTools();
  return withLock(lock, async () => {
    if (!isStale(built)) return "built by another process meanwhile";
    await gyp({ env: process.env });
    if (!existsSync(built)) throw new SetupError(`node-gyp succeeded, but there is no ${built}`);
    return "built";
  });
}

/**
 * Builds `sources` (a folder with a binding.gyp whose target is "pike") with more compiler flags
 * and variables of binding.gyp, into `target`. It is built in a copy under `.cache`, so that the
 * plain binary stays as it is, and inside the repository, so that node-addon-api is found.
 */
export async function buildVariant({ sources = folder, target, flags = "", variables = {} }) {
  if (!isStale(target, sources)) return;
  checkTools();
  await withLock(lock, () => buildCopy({ sources, target, flags, variables }));
}

async function buildCopy({ sources, target, flags, variables }) {
  const copy = join(root, ".cache/native", basename(dirname(target)));
  rmSync(copy, { recursive: true, force: true });
  cpSync(sources, copy, { recursive: true, filter: (path) => !isMade(basename(path)) });
  const more = (key) => `${process.env[key] ?? ""} ${flags}`.trim();
  const env = { ...process.env, CXXFLAGS: more("CXXFLAGS"), LDFLAGS: more("LDFLAGS") };
  await gyp({ env, cwd: copy, variables });
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(join(copy, "build/Release/pike.node"), target);
}

/** Where a variant of the native part is kept, outside of what could be committed or published. */
export function variantPath(name) {
  return join(root, ".cache", name, "pike.node");
}

/** Folders that a build makes. */
function isMade(name) {
  return /^(build(-\w+)?|prebuilds|node_modules)$/.test(name);
}

async function gyp({ env, cwd = folder, variables = {} }) {
  const program = join(root, "node_modules/node-gyp/bin/node-gyp.js");
  const headers = nodedir(env);
  const given = Object.entries(variables).map(([name, value]) => `-D${name}=${value}`);
  const configure = ["configure", ...(headers === undefined ? [] : [`--nodedir=${headers}`])];
  if (given.length > 0) configure.push("--", ...given);
  await run(process.execPath, [program, ...configure], { env, cwd });
  await run(process.execPath, [program, "build", "--jobs=max"], { env, cwd });
}

/** Where npm was told that Node's headers are; node-gyp fetches them otherwise. */
export function nodedir(env = process.env) {
  if (env.npm_config_nodedir) return env.npm_config_nodedir;
  const npm = npmCommand();
  const asked = spawnSync(npm[0], [...npm.slice(1), "config", "get", "nodedir"], {
    encoding: "utf8",
    cwd: root,
  });
  const answer = asked.stdout?.trim();
  return answer && answer !== "undefined" && answer !== "null" ? answer : undefined;
}

/** True when the binary is missing or a source is newer. */
export function isStale(binary, sources = folder) {
  if (!existsSync(binary)) return true;
  const time = statSync(binary).mtimeMs;
  return sourceFiles(sources).some((path) => statSync(path).mtimeMs > time);
}

function sourceFiles(from) {
  const found = [];
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const path = join(from, entry.name);
    if (entry.isDirectory()) {
      if (!isMade(entry.name)) found.push(...sourceFiles(path));
    } else if (/\.(gypi?|js|cc|c|h|hh|hpp)$/.test(entry.name)) found.push(path);
  }
  return found;
}

/** Says plainly what is missing, before node-gyp says it in a hundred lines. */
function checkTools() {
  const works = (command) => spawnSync(command, ["--version"], { stdio: "ignore" }).status === 0;
  const missing = [];
  const python = [process.env.npm_config_python, process.env.PYTHON, "python3", "python"];
  if (!python.some((name) => name && works(name))) missing.push("Python 3");
  if (process.platform !== "win32") {
    if (![process.env.CXX, "c++", "g++", "clang++"].some((name) => name && works(name))) {
      missing.push("a C++ compiler (g++ or clang++)");
    }
    if (!works("make")) missing.push("make");
  }
  if (missing.length === 0) return;
  throw new SetupError(
    `The native part needs ${missing.join(" and ")}, which this machine lacks.\n` +
      "On Debian or Ubuntu: apt-get install python3 g++ make. On macOS: xcode-select --install.",
  );
}
