/**
 * Puts the bundled files in the place of tsc's while npm packs a package, and back again.
 *
 * Both stand under `dist`, so that one package.json serves the repository and what is published.
 * What tsc made waits under `.cache/publish`; a pack that was interrupted is put right by the next
 * one, or by the next build.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { root, SetupError } from "../stages/run.mjs";

/** Bundles the package in `folder`; its `dist` is then what is published. */
export async function open(folder) {
  const { compiled, bundled } = placesOf(folder);
  close(folder);
  if (!isCompiled(folder)) {
    throw new SetupError(`${basename(folder)} is not compiled: npm run build does it`);
  }
  if (basename(folder) === "notifier-native") await checkBinaries();
  // Only here, as a fresh clone builds before esbuild is installed.
  const { bundle } = await import("./bundle.mjs");
  await bundle(folder, bundled);
  rmSync(compiled, { recursive: true, force: true });
  renameSync(join(folder, "dist"), compiled);
  renameSync(bundled, join(folder, "dist"));
  copyFileSync(join(root, "LICENSE"), join(folder, "LICENSE"));
}

/** A tarball without this system's binary is broken; one that is published has all of them. */
async function checkBinaries() {
  const { isHost, TARGETS } = await import("../prebuild/targets.mjs");
  const { pathOf } = await import("../prebuild/make.mjs");
  const isRelease = process.env.PIKE_RELEASE !== undefined;
  const missing = TARGETS.filter((target) => isRelease || isHost(target))
    .filter((target) => !existsSync(pathOf(target)))
    .map(({ name }) => name);
  if (missing.length === 0) return;
  throw new SetupError(`there is no binary for ${missing.join(", ")}: npm run prebuild makes them`);
}

/** Puts tsc's output back where it was; does nothing when it is there. */
export function close(folder) {
  const { compiled } = placesOf(folder);
  if (!existsSync(compiled)) return;
  // A compilation since then is newer than what was put aside.
  if (isCompiled(folder)) return rmSync(compiled, { recursive: true });
  rmSync(join(folder, "dist"), { recursive: true, force: true });
  renameSync(compiled, join(folder, "dist"));
}

/** Puts back what interrupted packs left, in every package. */
export function closeAll() {
  const parts = join(root, "packages");
  for (const name of readdirSync(parts)) close(join(parts, name));
}

function placesOf(folder) {
  const aside = join(root, ".cache/publish", basename(folder));
  mkdirSync(aside, { recursive: true });
  return { compiled: join(aside, "compiled"), bundled: join(aside, "bundled") };
}

/** True when `dist` is tsc's: only there is its record of what it compiled. */
function isCompiled(folder) {
  return existsSync(join(folder, "dist/.tsbuildinfo"));
}
