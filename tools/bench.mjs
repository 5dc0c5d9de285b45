/**
 * `npm run bench`: builds what it measures, then measures it. `npm run bench -- --help` says how.
 */
import { bench } from "../bench/main.mjs";
import { build } from "./build.mjs";
import { fail } from "./stages/run.mjs";

try {
  process.exitCode = await bench(process.argv.slice(2), build);
} catch (error) {
  fail(error);
}
