/**
 * `npm run prebuild -- [--complete] [target…]`: makes the binaries of every system on this one,
 * each under packages/notifier-native/prebuilds, and checks what each is.
 *
 * Without names all targets are made, with `--host` the one of this system. A target whose system
 * has no sources yet is named with the reason, and is a failure only with `--complete`; a binary
 * that is not as it has to be always is one.
 */
import { fetchCompiler, nodeHeaders } from "./prebuild/compiler.mjs";
import { highestGlibc } from "./prebuild/judge.mjs";
import { make } from "./prebuild/make.mjs";
import { isHost, TARGETS } from "./prebuild/targets.mjs";
import { checkNode, install } from "./stages/install.mjs";
import { fail, SetupError, stage } from "./stages/run.mjs";

try {
  const args = process.argv.slice(2);
  const isComplete = args.includes("--complete");
  const targets = chosen(args.filter((one) => one !== "--complete"));
  checkNode();
  await stage("install", install);
  await stage("compiler", fetchCompiler);
  await prebuild(targets, isComplete);
} catch (error) {
  fail(error);
}

function chosen(names) {
  if (names.length === 0) return TARGETS;
  return names.flatMap((name) => {
    const found = TARGETS.filter(
      (target) => target.name === name || (name === "--host" && isHost(target)),
    );
    if (found.length > 0) return found;
    const known = TARGETS.map((target) => target.name).join(", ");
    throw new SetupError(`there is no target "${name}"; there are: ${known}, and --host`);
  });
}

async function prebuild(targets, isComplete) {
  const headers = await nodeHeaders();
  let failed = 0;
  for (const target of targets) {
    const result = await make(target, headers);
    console.log(`${target.name.padEnd(17)} ${describe(result)}`);
    const wrong = result.wrong ?? (isComplete ? ["is missing"] : []);
    for (const sentence of wrong) {
      console.log(`failed: ${target.name} ${sentence}`);
      failed++;
    }
  }
  if (failed > 0) process.exitCode = 1;
}

function describe({ target, missing, found, isFresh, seconds }) {
  if (missing !== undefined) return `cannot be made yet: ${missing}`;
  const glibc = highestGlibc(found);
  const facts = [
    `${found.format} ${found.machine}`,
    `${(found.size / 1024).toFixed(0)} KiB`,
    ...(glibc === null ? [] : [`glibc ${glibc}`]),
    ...(found.macos === undefined
      ? []
      : [`macOS ${found.macos}`, found.signed ? "signed" : "unsigned"]),
    found.libraries.join(" "),
    target.run === null ? "compiled only" : `run ${target.run}`,
    isFresh ? "up to date" : `made in ${seconds.toFixed(0)} s`,
  ];
  return facts.join(", ");
}
