/**
 * Installs the packages that the lock file names, when they are missing or older than it.
 *
 * No install script of any dependency runs: none is needed.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root, run, SetupError } from "./run.mjs";

/** Refuses a Node that is too old, naming both versions. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = (major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22;
  if (!fits) {
    throw new SetupError(`pike needs Node 20.19 or later, or 22.12 or later; this is ${version}`);
  }
}

/** True when node_modules is missing, or older than the lock file, or lacks a workspace's link. */
export function installIsStale(folder = root) {
  // npm writes this file last, so its time is that of a finished install.
  const written = join(folder, "node_modules", ".package-lock.json");
  const lock = join(folder, "package-lock.json");
  if (!existsSync(written)) return true;
  if (statSync(lock).mtimeMs <= statSync(written).mtimeMs) return false;
  return installedVersions(readFileSync(lock)) !== installedVersions(readFileSync(written));
}

/**
 * What a lock file installs, as text to compare: a checkout touches the file without changing it.
 */
function installedVersions(lock) {
  const { packages } = JSON.parse(lock);
  const rows = Object.entries(packages)
    .filter(([path, found]) => path.startsWith("node_modules/") && found.optional !== true)
    .map(([path, found]) => `${path} ${found.version ?? found.resolved ?? ""}`);
  return rows.sort().join("\n");
}

/** Installs when it is needed, and says what it did. */
export async function install() {
  if (!installIsStale()) return "up to date";
  const npm = npmCommand();
  await run(npm[0], [...npm.slice(1), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
  return "installed";
}

/** How to start npm: through the Node that runs now, when npm itself started us. */
export function npmCommand() {
  const script = process.env.npm_execpath;
  if (script?.endsWith(".js") && existsSync(script)) return [process.execPath, script];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
}
