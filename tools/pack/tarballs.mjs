/**
 * Packs every package as it would be published, and says what each tarball holds.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { npmCommand } from "../stages/install.mjs";
import { root, run } from "../stages/run.mjs";

const folder = join(root, ".cache/pack");
const list = join(folder, "tarballs.json");

/** Packs all packages and writes down what npm says of each. */
export async function packAll() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [npm, ...args] = npmCommand();
  const packed = [];
  for (const part of readdirSync(join(root, "packages"))) {
    const text = await run(npm, [...args, "pack", "--json", `--pack-destination=${folder}`], {
      cwd: join(root, "packages", part),
      env: { ...process.env, npm_config_loglevel: "error" },
    });
    const [found] = JSON.parse(text.slice(text.indexOf("[\n")));
    packed.push({
      part,
      name: found.name,
      path: join(folder, found.filename),
      size: found.size,
      unpacked: found.unpackedSize,
      files: found.files.map(({ path, size }) => ({ path, size })),
    });
  }
  writeFileSync(list, JSON.stringify(packed, null, 2));
  return packed;
}

/** What `packAll` packed: `{ part, name, path, size, unpacked, files, manifest }` of each. */
export function tarballs() {
  return JSON.parse(readFileSync(list, "utf8")).map((one) => ({
    ...one,
    manifest: JSON.parse(readFileSync(join(root, "packages", one.part, "package.json"), "utf8")),
  }));
}

/** The tarball of a package, and of all that it depends on, itself first. */
export function withDependencies(name, all = tarballs()) {
  const found = [];
  const waiting = [name];
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const one = all.find((tarball) => tarball.name === next);
    if (found.includes(one)) continue;
    found.push(one);
    waiting.push(...Object.keys(one.manifest.dependencies ?? {}));
  }
  return found;
}
