/**
 * Builds the C programs of limit/ into build/, where a source is newer than its program.
 *
 * Needs a C compiler: `cc`, or what the environment variable CC names.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BenchError } from "./error.mjs";

const sources = fileURLToPath(new URL("limit/", import.meta.url));
const output = fileURLToPath(new URL("build/", import.meta.url));

const FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra"];

/** Each program with its sources. */
const programs = {
  load: ["load.c", "load_connection.c", "load_echo.c", "load_accept.c"],
  echo_epoll: ["echo_epoll.c"],
};

/**
 * Where a built program lies.
 * @param {keyof typeof programs} name
 */
export function programPath(name) {
  return output + name;
}

/** Builds what is out of date; returns the names of what it built. */
export function buildPrograms() {
  mkdirSync(output, { recursive: true });
  const headers = readdirSync(sources).filter((name) => name.endsWith(".h"));
  const built = [];
  for (const name of /** @type {(keyof typeof programs)[]} */ (Object.keys(programs))) {
    if (isFresh(programPath(name), [...programs[name], ...headers])) continue;
    compile(name);
    built.push(name);
  }
  return built;
}

/** The compiler's first line of --version, for the report. */
export function compilerVersion() {
  const { stdout } = spawnSync(compiler(), ["--version"], { encoding: "utf8" });
  return (stdout ?? "").split("\n", 1)[0] || "unknown C compiler";
}

function compiler() {
  return process.env["CC"] || "cc";
}

/** @param {keyof typeof programs} name */
function compile(name) {
  const inputs = programs[name].map((source) => sources + source);
  const { error, status, stderr } = spawnSync(
    compiler(),
    [...FLAGS, "-o", programPath(name), ...inputs],
    { encoding: "utf8" },
  );
  if (error !== undefined) {
    throw new BenchError(
      `cannot run the C compiler "${compiler()}" (${error.message}): install one, or name it in CC`,
    );
  }
  if (stderr !== "") process.stderr.write(stderr);
  if (status !== 0) throw new BenchError(`${compiler()} could not build ${name}`);
}

/**
 * @param {string} program
 * @param {readonly string[]} inputs file names in limit/
 */
function isFresh(program, inputs) {
  if (!existsSync(program)) return false;
  const built = statSync(program).mtimeMs;
  return inputs.every((name) => statSync(sources + name).mtimeMs < built);
}
