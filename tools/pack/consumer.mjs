/**
 * A project of somebody who uses pike: an empty folder outside of this repository, with Node on the
 * PATH and nothing else, so no compiler, and installs that reach no network and run no script.
 */
import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { root, SetupError } from "../stages/run.mjs";

/** A port where nobody listens: a request that should not be made fails at once. */
const UNREACHABLE = "http://127.0.0.1:9/";

/** Ends a program that hangs. */
const RUN_MS = 300_000;

/** True where a process can be put in a network of its own, with nothing in it. */
export const canCutNetwork =
  spawnSync("unshare", ["--map-root-user", "--net", "true"], { stdio: "ignore" }).status === 0;

/** One project. `close` removes it. */
export class Consumer {
  /** @param {object} manifest what its package.json says beside a name. */
  constructor(manifest = {}) {
    this.home = realpathSync(mkdtempSync(join(tmpdir(), "pike-user-")));
    this.folder = join(this.home, "project");
    this.bin = join(this.home, "bin");
    mkdirSync(this.folder);
    mkdirSync(this.bin);
    symlinkSync(process.execPath, join(this.bin, "node"));
    this.write("package.json", JSON.stringify({ name: "user", version: "1.0.0", ...manifest }));
  }

  /** Writes a file of the project and gives its path. */
  write(path, text) {
    const whole = join(this.folder, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, text);
    return whole;
  }

  /** What the project's programs find around them: nothing of this repository's environment. */
  environment(more = {}) {
    return {
      PATH: this.bin,
      HOME: this.home,
      TMPDIR: tmpdir(),
      npm_config_registry: UNREACHABLE,
      npm_config_cache: join(this.home, "npm-cache"),
      npm_config_audit: "false",
      npm_config_fund: "false",
      npm_config_update_notifier: "false",
      npm_config_fetch_retries: "0",
      ...more,
    };
  }

  /** Runs Node in the project and gives `{ status, stdout, stderr }`. */
  node(args, { cwd = this.folder, env = {}, isCutOff = false } = {}) {
    const command = [process.execPath, ...args];
    // Found by its whole path, as the project's PATH has only Node.
    if (isCutOff && canCutNetwork) command.unshift(UNSHARE, "--map-root-user", "--net");
    return spawnSync(command[0], command.slice(1), {
      cwd,
      env: this.environment(env),
      encoding: "utf8",
      timeout: RUN_MS,
      maxBuffer: 1 << 26,
    });
  }

  /** Runs a program that has to succeed and gives what it printed. */
  prints(args, options) {
    const { status, stdout, stderr, signal } = this.node(args, options);
    if (status === 0) return stdout.trim();
    throw new SetupError(
      `node ${args.join(" ")}: ${signal ?? `exit code ${status}`}\n${stdout}${stderr}`,
    );
  }

  /** Installs tarballs by npm: without network, without scripts, without a compiler. */
  install(tarballs, cwd = this.folder) {
    const paths = tarballs.map(({ path }) => path);
    return this.prints([npmScript(), "install", "--ignore-scripts", ...paths], {
      cwd,
      isCutOff: true,
    });
  }

  /** Removes the project. */
  close() {
    rmSync(this.home, { recursive: true, force: true });
  }
}

const UNSHARE = ["/usr/bin/unshare", "/bin/unshare"].find(existsSync);

/** The path of a file of a tool that tools/pack has fetched, or else of the repository's own. */
export function toolFile(name, path) {
  const places = [fileURLToPath(new URL(".", import.meta.url)), root];
  const found = places.map((place) => join(place, "node_modules", name, path)).find(existsSync);
  if (found === undefined) throw new SetupError(`${name} has no ${path}`);
  return found;
}

/** npm's own program: the one that runs now, or the one beside Node. */
export function npmScript() {
  const beside = join(dirname(process.execPath), "../lib/node_modules/npm/bin/npm-cli.js");
  const found = [process.env.npm_execpath, beside].find(
    (path) => path?.endsWith(".js") && existsSync(path),
  );
  if (found === undefined)
    throw new SetupError("npm was not found; start this by npm run test:pack");
  return found;
}
