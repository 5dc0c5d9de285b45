/**
 * Makes what a package publishes out of what tsc compiled: one bundled file per entry, and the
 * declarations that can be reached from it.
 *
 * Sources stay small and tests run on tsc's output; a user loads one file, as opening sixty takes
 * longer than reading them. Other packages stay imports, so that layers are shared; but for the one
 * that is all of them, which would be seven files.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { build } from "esbuild";

/** Node's oldest version that pike promises: syntax up to it is kept as it was written. */
const TARGET = "node20.19";

/** Packages whose file has everything that they import, so that programs start quickly. */
const WHOLE = new Set(["pike-io"]);

/**
 * Bundles the package in `folder`, compiled in `dist`, into the folder `target`, which is made anew
 * and takes the place of `dist` in the tarball.
 */
export async function bundle(folder, target) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  await build({
    absWorkingDir: folder,
    entryPoints: entriesOf(manifest),
    outdir: target,
    outbase: "dist",
    bundle: true,
    ...(WHOLE.has(manifest.name) ? {} : { packages: "external" }),
    format: "esm",
    platform: "node",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "silent",
  });
  const types = manifest.exports["."].types;
  for (const path of declarationsOf(folder, types)) {
    const output = join(target, posix.relative("dist", path));
    mkdirSync(dirname(output), { recursive: true });
    writeFileSync(output, withoutMap(readFileSync(join(folder, path), "utf8")));
  }
}

/** The JavaScript files that a manifest names: what is imported, and commands. */
export function entriesOf(manifest) {
  const named = [manifest.exports["."].default, ...Object.values(manifest.bin ?? {})];
  return [...new Set(named.map((path) => posix.normalize(path)))];
}

/** The declaration file `entry` and those it names, all relative to `folder`. */
export function declarationsOf(folder, entry) {
  const found = new Set();
  const waiting = [posix.normalize(entry)];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    found.add(path);
    const text = readFileSync(join(folder, path), "utf8");
    for (const [, name] of text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]*)\.js"/g)) {
      waiting.push(posix.join(posix.dirname(path), `${name}.d.ts`));
    }
  }
  return [...found].sort();
}

/** The map leads to sources, which are not published. */
function withoutMap(text) {
  return text.replace(/^\/\/# sourceMappingURL=.*\n?/m, "");
}
