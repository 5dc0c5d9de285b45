/**
 * Builds the C programs of limit/ and load/ into build/, where a source is newer than its program.
 *
 * Needs a C compiler: `cc`, or what the environment variable CC names.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { BenchError } from "./error.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const output = fileURLToPath(new URL("build/", import.meta.url));

const FLAGS = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-pthread"];

const SERVICE = "limit/service.c";
const RING = "limit/ring.c";

/** Each program with its sources. */
const programs = {
  load: [
    "load/load.c",
    "load/load_connection.c",
    "load/load_echo.c",
    "load/load_accept.c",
    "load/load_bulk.c",
    "load/load_stream.c",
    "load/load_datagram.c",
  ],
  echo_epoll: ["limit/echo_epoll.c", SERVICE],
  echo_io_uring: ["limit/echo_io_uring.c", RING, SERVICE],
  stream_epoll: ["limit/stream_epoll.c", SERVICE],
  stream_io_uring: ["limit/stream_io_uring.c", RING, SERVICE],
  udp_io_uring: ["limit/udp_io_uring.c", RING, SERVICE],
  udp_receive: ["limit/udp_receive.c", SERVICE],
  udp_send: ["limit/udp_send.c", SERVICE],
  wake_epoll: ["limit/wake_epoll.c", SERVICE],
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
  const headers = ["limit/", "load/"].flatMap((folder) =>
    readdirSync(here + folder)
      .filter((name) => name.endsWith(".h"))
      .map((name) => folder + name),
  );
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
  const inputs = programs[name].map((source) => here + source);
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
 * @param {readonly string[]} inputs paths in this folder
 */
function isFresh(program, inputs) {
  if (!existsSync(program)) return false;
  const built = statSync(program).mtimeMs;
  return inputs.every((name) => statSync(here + name).mtimeMs < built);
}
