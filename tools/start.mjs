/**
 * `npm start`: builds, then runs the main job, which gets the arguments given here.
 */
import { build } from "./build.mjs";
import { runProgram } from "./stages/program.mjs";
import { fail } from "./stages/run.mjs";

try {
  await build();
  await runProgram("examples/main/main.mjs", process.argv.slice(2));
} catch (error) {
  fail(error);
}
