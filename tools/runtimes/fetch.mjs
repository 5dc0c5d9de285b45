/**
 * Fetches a runtime from npm's registry, once, into .cache/runtimes: its program and nothing else.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { npmCommand } from "../stages/install.mjs";
import { root, run, SetupError } from "../stages/run.mjs";

const cache = join(root, ".cache/runtimes");

/**
 * The path of a runtime's program; the Node that runs this is itself one, when it has the major.
 */
export async function fetchRuntime({ name, version, package: packageOf, program }) {
  const running = `node-${process.versions.node.split(".")[0]}`;
  if (name === running) return process.execPath;
  const folder = join(cache, `${name}-${version}`);
  const path = join(folder, program);
  if (!existsSync(path)) {
    await unpack(`${packageOf(process.platform, process.arch)}@${version}`, folder, program);
  }
  const { stdout } = spawnSync(path, ["--version"], { encoding: "utf8" });
  if (!stdout?.includes(version)) {
    throw new SetupError(`${path} is not ${name} ${version}: it says "${stdout?.trim()}"`);
  }
  return path;
}

async function unpack(spec, folder, program) {
  const fresh = `${folder}.${process.pid}`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const [npm, ...first] = npmCommand();
  await run(npm, [...first, "pack", spec, "--pack-destination", fresh]);
  const [tarball] = readdirSync(fresh);
  await run("tar", ["-xzf", join(fresh, tarball), "-C", fresh, program]);
  rmSync(join(fresh, tarball));
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
}
