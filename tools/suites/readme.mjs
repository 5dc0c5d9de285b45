/**
 * Takes the first example out of each package's README, checks its types and runs it, as a reader
 * would.
 *
 * They are compiled together into the ignored `.cache`, inside the repository, so that the packages
 * are found as they are installed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "../stages/run.mjs";

const folder = join(root, ".cache/readme");

/** The first block that opens with ```ts, or null. */
export function firstExample(markdown) {
  return /^```ts\n([\s\S]*?)^```$/m.exec(markdown)?.[1] ?? null;
}

/** The packages that have a README with an example, with that example. */
export function readmeExamples() {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const path = join(root, "packages", name, "README.md");
    const example = existsSync(path) ? firstExample(readFileSync(path, "utf8")) : null;
    return example === null ? [] : [{ name, example }];
  });
}

/**
 * Checks the types of one example and compiles it; throws with the compiler's words. Gives the
 * program's path.
 */
export async function compileExample({ name, example }, options = {}) {
  const home = join(folder, name);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  // The export makes it a module even when it imports nothing; it comes last, so that lines keep
  // their numbers.
  writeFileSync(join(home, "example.ts"), `${example}\nexport {};\n`);
  writeFileSync(join(home, "package.json"), '{ "type": "module" }\n');
  const compilerOptions = {
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    outDir: "out",
    ...options,
  };
  writeFileSync(
    join(home, "tsconfig.json"),
    JSON.stringify({
      extends: "../../../tsconfig.base.json",
      compilerOptions,
      files: ["example.ts"],
    }),
  );
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", home]);
  return join(home, "out/example.js");
}

/** Runs a compiled example; it has to end by itself, with 0. Gives what it printed. */
export function runExample(program) {
  return run(process.execPath, [program], { endsWithinMs: 20_000 });
}
