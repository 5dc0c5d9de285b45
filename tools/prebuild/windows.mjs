/**
 * What the binary for Windows needs beyond its sources: the names of Node-API's functions, which
 * native/windows/host.cc looks up in whatever program loads it. No import library is needed, and no
 * program has to be called node.exe.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../stages/run.mjs";
import { keepExports } from "./read/pe.mjs";
import { EXPORTS } from "./targets.mjs";

/** Writes host_functions.inc out of Node's own headers, and gives its folder. */
export function hostFunctions(headers) {
  const folder = join(root, ".cache/prebuild-host");
  const names = ["js_native_api.h", "node_api.h"].flatMap((name) =>
    functionsIn(readFileSync(join(headers, name), "utf8")),
  );
  mkdirSync(folder, { recursive: true });
  const lines = [...new Set(names)].map((name) => `HOST_FUNCTION(${name})\n`);
  writeFileSync(join(folder, "host_functions.inc"), lines.join(""));
  return folder;
}

/** The functions that a header declares. */
export function functionsIn(text) {
  return [...text.matchAll(/\b(?:NAPI_CDECL\s+)((?:napi|node_api)_\w+)\s*\(/g)].map(
    ([, name]) => name,
  );
}

/**
 * Puts right what the linker leaves: a library to link the binary with, which nobody does, and the
 * names of the compiler's unwinder, which marks them as given away.
 */
export function tidyWindows(output) {
  const folder = dirname(output);
  for (const name of readdirSync(folder)) {
    if (name.endsWith(".lib")) rmSync(join(folder, name));
  }
  const bytes = readFileSync(output);
  keepExports(bytes, EXPORTS);
  writeFileSync(output, bytes);
}
