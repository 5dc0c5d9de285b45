#!/usr/bin/env node
/**
 * `npx @pike-io/notifier-native build`: builds the binary from source, for systems without a
 * prebuilt one.
 *
 * It needs what node-gyp needs: Python 3, make and a C++ compiler. Nothing runs this by itself.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const NODE_GYP = "node-gyp@12";
const usage = `usage: npx @pike-io/notifier-native build

Builds this package's binary from source into its own directory. Needs Python 3, make and a C++
compiler, and node-gyp, which npm fetches.
`;

const [command, ...rest] = process.argv.slice(2);
if (command !== "build" || rest.length > 0) {
  const asked = command === "--help" || command === "help";
  (asked ? process.stdout : process.stderr).write(usage);
  process.exit(asked ? 0 : 2);
}

const directory = fileURLToPath(new URL("../native/", import.meta.url));
const npm = process.platform === "win32" ? "npm.cmd" : "npm";
const gyp = spawn(
  npm,
  [
    "exec",
    "--yes",
    `--package=${NODE_GYP}`,
    "--",
    "node-gyp",
    "rebuild",
    `--directory=${directory}`,
  ],
  { stdio: "inherit" },
);
gyp.on("error", (error) => {
  process.stderr.write(`npm could not be started: ${error.message}\n`);
  process.exitCode = 1;
});
gyp.on("exit", (code) => {
  process.exitCode = code ?? 1;
});
