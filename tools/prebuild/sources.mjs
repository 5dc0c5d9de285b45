/**
 * What binding.gyp says of the binary for one system: sources, definitions, flags.
 *
 * node-gyp's own gyp reads the file, so there is no second list, and no second reading of it.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { root, run } from "../stages/run.mjs";

const native = join(root, "packages/notifier-native/native");
const gyp = join(root, "node_modules/node-gyp/gyp/gyp_main.py");

/** What node-gyp's own addon.gypi would say, as far as gyp insists on it. */
const DEFAULTS = `{ "target_defaults": {
  "type": "loadable_module",
  "default_configuration": "Release",
  "configurations": { "Release": {} },
} }`;

/**
 * `{ directory, sources, defines, includes, flags, linkFlags, libraries }` for gyp's `os` ("linux",
 * "mac", "win"); paths of sources are relative to `directory`.
 */
export async function readBinding(os) {
  const defaults = join(root, ".cache", "prebuild-defaults.gypi");
  const dump = join(native, "binding.gypd");
  writeFileSync(defaults, DEFAULTS);
  try {
    await run(
      "python3",
      [gyp, "binding.gyp", "-f", "gypd", `-DOS=${os}`, "-I", defaults, "--depth=."],
      { cwd: native },
    );
    const text = await run("python3", ["-c", AS_JSON, dump]);
    return bindingOf(JSON.parse(text).targets[0]);
  } finally {
    rmSync(dump, { force: true });
  }
}

/** gyp writes a Python literal. */
const AS_JSON =
  "import ast, json, sys; print(json.dumps(ast.literal_eval(open(sys.argv[1]).read())))";

function bindingOf(target) {
  const settings = target.configurations.Release;
  return {
    directory: native,
    sources: target.sources,
    defines: settings.defines ?? [],
    includes: (settings.include_dirs ?? []).map((path) => resolve(native, path)),
    flags: [...(settings.cflags ?? []), ...(settings.cflags_cc ?? [])],
    linkFlags: settings.ldflags ?? [],
    libraries: target.libraries ?? settings.libraries ?? [],
  };
}

/** True when the sources hold a choice of backend: without one there is nothing to open. */
export function hasBackend({ sources }) {
  return sources.some((path) => /(^|\/)chooser\w*\.cc$/.test(path));
}

/** The text of everything that a binary depends on, for a hash. */
export function textsOf({ directory, sources }, headers) {
  return [...sources, ...headers].map((path) => readFileSync(join(directory, path)));
}
