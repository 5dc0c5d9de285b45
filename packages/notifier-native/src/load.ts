/**
 * Finds and loads the binary: from this package's own directory, or from PIKE_NATIVE_PATH. Nothing
 * else is ever loaded, whatever the environment says.
 */
import { existsSync, readdirSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { isAbsolute, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { PikeError } from "@pike-io/notifier";
import type { Binary } from "./binding.js";
import { layoutText } from "./layout.js";

/** A loaded binary and where it came from. */
export interface Loaded {
  readonly binary: Binary;
  /** The absolute path. */
  readonly path: string;
}

const require = createRequire(import.meta.url);
const nativeDirectory = fileURLToPath(new URL("../native/", import.meta.url));
let loaded: Loaded | undefined;

/** Loads the binary once. PIKE_NO_BINARY says what was tried, and the way out. */
export function loadBinary(): Loaded {
  loaded ??= load();
  return loaded;
}

function load(): Loaded {
  const path = process.env["PIKE_NATIVE_PATH"] === undefined ? ownPath() : givenPath();
  let binary: Binary;
  try {
    binary = require(path) as Binary;
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

function ownPath(): string {
  let path: string;
  try {
    const find = require("node-gyp-build") as { path(directory: string): string };
    path = find.path(nativeDirectory);
  } catch (error) {
    throw noBinary(`tried ${tried()}`, error);
  }
  const real = realpathSync(path);
  if (!real.startsWith(realpathSync(nativeDirectory) + sep)) {
    throw noBinary(
      `${path} lies outside this package and is refused; PIKE_NATIVE_PATH may name it`,
    );
  }
  return path;
}

function tried(): string {
  const prebuilds = join(nativeDirectory, "prebuilds");
  const present = existsSync(prebuilds) ? readdirSync(prebuilds).join(", ") : "none";
  return `${join(nativeDirectory, "build")} and prebuilds (there: ${present || "none"})`;
}

function noBinary(reason: string, cause?: unknown): PikeError {
  const error = new PikeError(
    "PIKE_NO_BINARY",
    `no binary for ${process.platform}-${process.arch} (${libc()}): ${reason}. ` +
      "Build it with: npx @pike-io/notifier-native build",
  );
  if (cause !== undefined) error.cause = cause;
  return error;
}

function libc(): string {
  if (process.platform !== "linux") return "system libc";
  const header = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } })
    ?.header;
  return header?.glibcVersionRuntime === undefined ? "musl" : `glibc ${header.glibcVersionRuntime}`;
}
