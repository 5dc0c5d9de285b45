/**
 * `node tools/tidy [path…]`: the house rules that neither the compiler nor Biome checks.
 *
 * Prints each finding as path:line, and exits with 1 when there is one. With paths, only what is
 * under them is shown. `--reflow path…` breaks comments that are too wide, in those files.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { check } from "./check.mjs";
import { readRepository } from "./files.mjs";
import { reflow } from "./reflow.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const args = process.argv.slice(2);
const paths = args.filter((one) => one !== "--reflow").map((path) => path.replace(/^\.\//, ""));
const isShown = ({ path }) => paths.length === 0 || paths.some((start) => path.startsWith(start));

if (args[0] === "--reflow") reflowAll();
else report();

function report() {
  const { files } = readRepository(root);
  const found = check({ root, files }).filter(isShown);
  for (const { path, line, rule, message } of found) {
    console.log(`${path}:${line}: ${rule}: ${message}`);
  }
  console.log(`tidy: ${files.length} files, ${found.length} findings`);
  if (found.length > 0) process.exitCode = 1;
}

function reflowAll() {
  if (paths.length === 0) throw new Error("--reflow needs the paths to change");
  for (const { path, language } of readRepository(root).files.filter(isShown)) {
    if (language === null) continue;
    const before = readFileSync(join(root, path), "utf8");
    const after = reflow(before);
    if (after === before) continue;
    writeFileSync(join(root, path), after);
    console.log(`reflowed ${path}`);
  }
}
