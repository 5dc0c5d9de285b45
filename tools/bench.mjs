/**
 * `npm run bench`: reads the options, builds what it measures, then measures it in this process.
 */
import { bench } from "../bench/main.mjs";
import { build } from "./build.mjs";
import { fail } from "./stages/run.mjs";

try {
  process.exitCode = await bench(process.argv.slice(2), build);
} catch (error) {
  fail(error);
}
