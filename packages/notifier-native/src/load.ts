/**
 * Finds and loads the binary: from this package's own directory, or from PIKE_NATIVE_PATH. Nothing
 * else is ever loaded, whatever the environment says.
 *
 * Where this code was bundled into something else, as it is into `pike-io`, that is the bundle's
 * directory, if `prebuilds` was put there, or else that of the package as it is installed.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import Module from "node:module";
import { dirname, isAbsolute, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { PikeError } from "@pike-io/notifier";
import type { Binary } from "./binding.js";
import { layoutText } from "./layout.js";
import { runningLibc } from "./libc.js";

/** A loaded binary and where it came from. */
export interface Loaded {
  readonly binary: Binary;
  /** The absolute path. */
  readonly path: string;
}

const NAME = "@pike-io/notifier-native";

let loaded: Loaded | undefined;

/** Loads the binary once. PIKE_NO_BINARY says what was tried, and the way out. */
export function loadBinary(): Loaded {
  loaded ??= load();
  return loaded;
}

/** This file. A bundler that writes CommonJS leaves `import.meta` empty. */
function ownFile(): string {
  const url: string | undefined = import.meta.url;
  return url === undefined ? __filename : fileURLToPath(url);
}

function load(): Loaded {
  const path = process.env["PIKE_NATIVE_PATH"] === undefined ? ownPath() : givenPath();
  let binary: Binary;
  try {
    // Through the module, as a bundler takes the function by itself for its own.
    binary = Module.createRequire(ownFile())(path) as Binary;
  } catch (error) {
    throw noBinary(`${path} could not be loaded: ${(error as Error).message}`, error);
  }
  const found = typeof binary.layout === "function" ? binary.layout() : "none";
  if (found !== layoutText) {
    throw noBinary(`${path} was built for another version of this package`);
  }
  return { binary, path };
}

function givenPath(): string {
  const path = process.env["PIKE_NATIVE_PATH"] as string;
  if (!isAbsolute(path)) throw noBinary(`PIKE_NATIVE_PATH must be an absolute path, not "${path}"`);
  if (!existsSync(path)) throw noBinary(`PIKE_NATIVE_PATH names ${path}, which does not exist`);
  return path;
}

/** What was built here from source goes before what was published. */
function ownPath(): string {
  const directory = ownDirectory();
  const prebuilds = join(directory, "prebuilds");
  const built = join(directory, "native/build/Release/pike.node");
  let path = built;
  if (!existsSync(path)) {
    path = join(prebuilds, `${process.platform}-${process.arch}`, binaryName());
    if (!existsSync(path)) {
      throw noBinary(
        `tried ${built} and ${path}; prebuilt ones are there for ${listed(prebuilds)}`,
      );
    }
  }
  if (!realpathSync(path).startsWith(realpathSync(directory) + sep)) {
    throw noBinary(
      `${path} leads outside this package and is refused; PIKE_NATIVE_PATH may name it`,
    );
  }
  return path;
}

/** The package's directory, also where this code became part of another file. */
function ownDirectory(): string {
  const file = ownFile();
  const beside = dirname(file);
  const above = dirname(beside);
  if (nameIn(above) === NAME) return above;
  if (existsSync(join(beside, "prebuilds"))) return beside;
  const installed = installedAbove(beside);
  if (installed !== null) return installed;
  try {
    // As Yarn's Plug'n'Play installs it.
    return dirname(Module.createRequire(file).resolve(`${NAME}/package.json`));
  } catch {
    // Nothing is installed around a bundle that stands alone.
    return beside;
  }
}

/**
 * The package where Node's own search in the folders above finds it first: that search, asked for,
 * takes longer than all else that is done to load the binary.
 */
function installedAbove(directory: string): string | null {
  for (let at = directory; ; at = dirname(at)) {
    const found = join(at, "node_modules", NAME);
    if (existsSync(join(found, "package.json"))) return realpathSync(found);
    if (dirname(at) === at) return null;
  }
}

function nameIn(directory: string): unknown {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")).name;
  } catch {
    // A bundle often stands in no package at all.
    return undefined;
  }
}

/** As node-gyp-build names them. */
function binaryName(): string {
  return process.platform === "linux" ? `pike.${runningLibc()}.node` : "pike.node";
}

function listed(prebuilds: string): string {
  const found = existsSync(prebuilds) ? readdirSync(prebuilds) : [];
  return found.length === 0 ? "no system" : found.sort().join(", ");
}

function noBinary(reason: string, cause?: unknown): PikeError {
  const error = new PikeError(
    "PIKE_NO_BINARY",
    `no binary for ${process.platform}-${process.arch} (${libc()}): ${reason}. ` +
      `Build it with: npx ${NAME} build`,
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}

function libc(): string {
  if (process.platform !== "linux") return "system libc";
  const header = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } })
    ?.header;
  const version = header?.glibcVersionRuntime;
  return version === undefined ? runningLibc() : `${runningLibc()} ${version}`;
}
