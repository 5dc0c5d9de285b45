/**
 * `npm run bench`: reads the options, builds what it measures, then measures it in this process.
 */
import { join } from "node:path";
import { bench } from "../bench/main.mjs";
import { build } from "./build.mjs";
import { layOutPublished } from "./stages/published.mjs";
import { fail, root, stage } from "./stages/run.mjs";

const subjects = join(root, "bench/subjects");

async function buildAll() {
  await build();
  await stage("as published", () =>
    layOutPublished({
      "start-pike.mjs": join(subjects, "start-pike.mjs"),
      "started.mjs": join(subjects, "started.mjs"),
    }),
  );
}

try {
  process.exitCode = await bench(process.argv.slice(2), buildAll);
} catch (error) {
  fail(error);
}
