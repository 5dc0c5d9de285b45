#!/usr/bin/env node
/**
 * `npx @pike-io/notifier-native build`: builds the binary from source, for systems without a
 * prebuilt one.
 *
 * It needs what node-gyp needs: Python 3, make and a C++ compiler. Nothing runs this by itself.
 * node-gyp and the C++ headers are no dependencies, as only this command needs them: it takes those
 * that are installed, or has npm fetch them for the time of the build.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** What a build needs beside a compiler, and the versions that npm fetches. */
const TOOLS = { "node-gyp": "12.2.0", "node-addon-api": "8.9.2" };

const usage = `usage: npx @pike-io/notifier-native build

Builds this package's binary from source into its own directory. Needs Python 3, make and a C++
compiler; npm fetches node-gyp and node-addon-api where they are not installed.
`;

const native = fileURLToPath(new URL("../native/", import.meta.url));
const binary = join(native, "build/Release/pike.node");

const [command, ...rest] = process.argv.slice(2);
if (command === "build" && rest.length === 0) process.exitCode = build();
else process.exitCode = explain(command === "--help" || command === "-h" || command === "help");

function explain(asked: boolean): number {
  (asked ? process.stdout : process.stderr).write(usage);
  return asked ? 0 : 2;
}

/** Gives the exit code. */
function build(): number {
  const installed = installedTools();
  if (installed !== null) return compile(installed, process.env);
  const folder = mkdtempSync(join(tmpdir(), "pike-build-"));
  try {
    const versions = Object.entries(TOOLS).map(([name, version]) => `${name}@${version}`);
    const fetched = npm([
      "install",
      `--prefix=${folder}`,
      "--no-save",
      "--ignore-scripts",
      ...versions,
    ]);
    if (fetched !== 0) {
      process.stderr.write(`npm could not fetch ${versions.join(" and ")}\n`);
      return 1;
    }
    const modules = join(folder, "node_modules");
    // binding.gyp asks for the headers by their package's name.
    const path = [modules, process.env["NODE_PATH"]].filter(Boolean).join(delimiter);
    return compile(join(modules, "node-gyp/bin/node-gyp.js"), { ...process.env, NODE_PATH: path });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The path of an installed node-gyp, where the headers are installed too. */
function installedTools(): string | null {
  const { resolve } = createRequire(join(native, "package.json"));
  try {
    resolve("node-addon-api");
    return resolve("node-gyp/bin/node-gyp.js");
  } catch {
    // Most users have neither.
    return null;
  }
}

function compile(gyp: string, env: NodeJS.ProcessEnv): number {
  const args = [gyp, "rebuild", `--directory=${native}`];
  const { error, status } = spawnSync(process.execPath, args, { stdio: "inherit", env });
  if (error !== undefined)
    process.stderr.write(`node-gyp could not be started: ${error.message}\n`);
  if (status === 0 && existsSync(binary)) {
    process.stdout.write(`built ${binary}\n`);
    return 0;
  }
  return status || 1;
}

/** Runs npm: by the Node that runs now, when npm started this. */
function npm(args: readonly string[]): number {
  const script = process.env["npm_execpath"] ?? "";
  const known = script.endsWith(".js") && existsSync(script);
  const { error, status } = known
    ? spawnSync(process.execPath, [script, ...args], { stdio: "inherit" })
    : spawnSync("npm", [...args], { stdio: "inherit", shell: process.platform === "win32" });
  if (error !== undefined) process.stderr.write(`npm could not be started: ${error.message}\n`);
  return status ?? 1;
}
