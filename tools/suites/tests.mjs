/** The tests of packages and examples, as files: for runs that leave those of the tools out. */
import { readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "../stages/run.mjs";

/** Every compiled test of the packages, and every test of the examples, relative to the root. */
export function testsOfAll() {
  return [
    ...readdirSync(join(root, "packages")).map((part) => join(root, "packages", part, "dist-test")),
    join(root, "examples"),
  ].flatMap((folder) => testsUnder(folder));
}

function testsUnder(folder) {
  let entries = [];
  try {
    entries = readdirSync(folder, { recursive: true });
  } catch {
    // A package without tests has no such folder.
  }
  return entries
    .filter((path) => /\.test\.m?js$/.test(path))
    .map((path) => relative(root, join(folder, path)))
    .sort();
}
