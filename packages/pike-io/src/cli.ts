#!/usr/bin/env node
/** The `pike` command: what it was asked, and the exit code. */
import { doctor } from "./doctor.js";
import { version } from "./version.js";

const help = `pike ${version}: asynchronous I/O for Node.js

Usage:
  pike doctor      which backend is in use and why, the kernel, limits, the binary
  pike --help      this
  pike --version   the version

Environment:
  PIKE_NOTIFIER      a backend by name ("epoll"), which then never falls back
  PIKE_NATIVE_PATH   the absolute path of the binary to load
`;

process.exitCode = await run(process.argv.slice(2));

/** 0; 1 when the doctor finds that pike cannot work here; 2 for arguments that make no sense. */
async function run(args: readonly string[]): Promise<number> {
  const [first, ...rest] = args;
  if (first === undefined) return refuse("there is nothing to do");
  if (rest.length > 0) return refuse(`"${first}" takes no further argument, such as "${rest[0]}"`);
  if (first === "--help" || first === "-h" || first === "help") process.stdout.write(help);
  else if (first === "--version" || first === "-v") print(version);
  else if (first === "doctor") return (await doctor(print)) ? 0 : 1;
  else return refuse(`unknown ${first.startsWith("-") ? "option" : "command"} "${first}"`);
  return 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function refuse(message: string): number {
  process.stderr.write(`pike: ${message}\nSee: pike --help\n`);
  return 2;
}
