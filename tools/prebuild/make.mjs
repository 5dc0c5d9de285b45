/**
 * Makes the binary of one target where anything that it depends on has changed, and checks it.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../stages/run.mjs";
import { compile, compileArguments, compilerVersion, macLinker } from "./compiler.mjs";
import { judge, readBinary } from "./judge.mjs";
import { hasBackend, readBinding } from "./sources.mjs";

const records = join(root, ".cache/prebuild");

/** Where a target's binary lies: in the package, as the loader expects. */
export function pathOf({ folder, file }) {
  return join(root, "packages/notifier-native/prebuilds", folder, file);
}

/**
 * Gives `{ target, missing }` where the sources have nothing for that system yet, else `{ target,
 * found, wrong, isFresh, seconds }`.
 */
export async function make(target, headers) {
  const binding = await readBinding(target.os);
  if (!hasBackend(binding)) {
    return { target, missing: "the sources choose no backend there" };
  }
  if (target.os === "mac" && macLinker() === undefined) {
    return {
      target,
      missing: "LLVM's linker is not installed (on Debian: apt-get install lld-14)",
    };
  }
  const output = pathOf(target);
  const start = performance.now();
  const options = { target, binding, headers, output };
  const key = keyOf(options);
  const isFresh = existsSync(output) && recordOf(target) === key;
  if (!isFresh) {
    mkdirSync(dirname(output), { recursive: true });
    await compile(options);
  }
  const bytes = readFileSync(output);
  const found = readBinary(bytes);
  const wrong = judge(found, target.expect);
  if (bytes.includes(root)) wrong.push("names a folder of this machine");
  if (wrong.length === 0) record(target, key);
  return { target, found, wrong, isFresh, seconds: (performance.now() - start) / 1000 };
}

/** A hash over all that a binary depends on: sources, headers, flags, compiler. */
function keyOf(options) {
  const { directory } = options.binding;
  const hash = createHash("sha256");
  hash.update(readFileSync(new URL("compiler.mjs", import.meta.url)));
  hash.update(JSON.stringify([compilerVersion(), compileArguments(options)]));
  for (const folder of ["src", "windows"]) {
    for (const name of readdirSync(join(directory, folder)).sort()) {
      hash.update(name).update(readFileSync(join(directory, folder, name)));
    }
  }
  return hash.digest("hex");
}

function recordOf({ name }) {
  const path = join(records, name);
  return existsSync(path) ? readFileSync(path, "utf8") : null;
}

function record({ name }, key) {
  mkdirSync(records, { recursive: true });
  writeFileSync(join(records, name), key);
}
