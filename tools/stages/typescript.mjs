/**
 * Compiles every package with its tests, and removes what a deleted source left behind.
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { closeAll } from "../publish/swap.mjs";
import { root, run } from "./run.mjs";

/** Compiles what has changed. */
export async function compile() {
  closeAll();
  const removed = removeOrphans();
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-b"]);
  return removed === 0 ? "compiled" : `compiled, ${removed} stale files removed`;
}

/** Removes compiled files whose source is gone: mocha would go on running a deleted test. */
export function removeOrphans(folder = root) {
  let removed = 0;
  for (const name of readdirSync(join(folder, "packages"))) {
    const home = join(folder, "packages", name);
    removed += removeIn(join(home, "dist"), join(home, "src"));
    removed += removeIn(join(home, "dist-test"), join(home, "test"));
  }
  return removed;
}

function removeIn(output, source) {
  if (!existsSync(output)) return 0;
  let removed = 0;
  for (const entry of readdirSync(output, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const stem = /^(.*?)(\.d)?\.([cm]?)[jt]s(\.map)?$/.exec(relative(output, path));
    if (!entry.isFile() || stem === null) continue;
    if (existsSync(join(source, `${stem[1]}.${stem[3]}ts`))) continue;
    rmSync(path);
    removed++;
  }
  return removed;
}
