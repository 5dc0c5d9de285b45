/**
 * Lays pike out as a user has it installed, each package in one file, without packing it: what the
 * benchmark measures the start of.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./run.mjs";

/** Where it lies. */
export const publishedFolder = join(root, ".cache/published");

const BINARY = "native/build/Release/pike.node";

/** Lays it out anew, from what is compiled; `programs` are copied beside it, to import it. */
export async function layOutPublished(programs) {
  // Only here, as a fresh clone builds before esbuild is installed.
  const { bundle } = await import("../publish/bundle.mjs");
  rmSync(publishedFolder, { recursive: true, force: true });
  for (const part of readdirSync(join(root, "packages"))) {
    const folder = join(root, "packages", part);
    const manifest = join(folder, "package.json");
    const target = join(
      publishedFolder,
      "node_modules",
      JSON.parse(readFileSync(manifest, "utf8")).name,
    );
    await bundle(folder, join(target, "dist"));
    copyFileSync(manifest, join(target, "package.json"));
    if (existsSync(join(folder, BINARY))) copy(join(folder, BINARY), join(target, BINARY));
  }
  for (const [name, path] of Object.entries(programs)) copy(path, join(publishedFolder, name));
  return "each package in one file";
}

function copy(from, to) {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
