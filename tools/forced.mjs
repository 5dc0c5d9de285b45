/**
 * `node tools/forced.mjs BACKEND [address] [mocha arguments]`: the suites of all packages and
 * examples with one backend for every notifier that names none; with `address`, under that
 * sanitizer.
 *
 * A machine that refuses the backend runs nothing, and says so: one skipped, by name and reason.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, root, SetupError } from "./stages/run.mjs";
import { runSuites, SUITES } from "./suites/mocha.mjs";
import { report } from "./suites/report.mjs";

const [backend, ...rest] = process.argv.slice(2);
const sanitized = rest[0] === "address";
const args = sanitized ? rest.slice(1) : rest;

try {
  if (backend === undefined || !/^\w+$/.test(backend)) {
    throw new SetupError("usage: node tools/forced.mjs BACKEND [address] [mocha arguments]");
  }
  await build();
  const refusal = refusalOf(backend);
  if (refusal !== null) report({ passed: 0, failed: 0, skipped: [refusal], note: null });
  else if (sanitized) sanitize();
  else report(await runSuites(suites(), { PIKE_NOTIFIER: backend }));
} catch (error) {
  fail(error);
}

/** Those that have notifiers, unless others are given. */
function suites() {
  const given = args.some((one) => /\.[cm]?js$/.test(one));
  return given ? args : [...args, ...SUITES.filter((pattern) => !pattern.startsWith("tools/"))];
}

/** Why the backend cannot be had here; null when it can. */
function refusalOf(name) {
  const source = `
    import { openNotifier } from "@pike-io/notifier-native";
    try {
      await openNotifier({ backend: ${JSON.stringify(name)} }).close();
    } catch (error) {
      console.log(error.message);
    }`;
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--input-type=module", "--eval", source],
    { cwd: join(root, "packages/pike-io"), encoding: "utf8" },
  );
  if (status !== 0) throw new SetupError(`asking for ${name} ended with ${status}: ${stderr}`);
  return stdout.trim() === "" ? null : `all suites on ${name}: ${stdout.trim()}`;
}

function sanitize() {
  const env = { ...process.env, PIKE_NOTIFIER: backend };
  const command = [join(root, "tools/sanitize.mjs"), "address", ...args];
  process.exitCode = spawnSync(process.execPath, command, { env, stdio: "inherit" }).status ?? 1;
}
