/**
 * Which C library this process runs on, as a binary for the other one must not be loaded.
 *
 * The program's own file says so: it names the loader that started it. Files of the system say
 * less, as both libraries may be installed.
 */
import { closeSync, openSync, readSync } from "node:fs";

/** The C libraries of Linux that binaries are made for. */
export type Libc = "glibc" | "musl";

/** elf(5): the header, where the table of segments stands, and the kind that names the loader. */
const HEADER_SIZE = 64;
const TABLE_OFFSET = 32;
const ENTRY_SIZE = 54;
const ENTRY_COUNT = 56;
const PT_INTERP = 3;

/** The C library of the running program, on Linux. */
export function runningLibc(program: string = process.execPath): Libc {
  return /\bld-musl-/.test(interpreterOf(program)) ? "musl" : "glibc";
}

/** The loader that an ELF file of 64 bits asks for; "" when it asks for none, or isn't one. */
export function interpreterOf(path: string): string {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    // A program that may be run but not read; nearly every one runs on glibc.
    return "";
  }
  try {
    const header = piece(fd, 0, HEADER_SIZE);
    if (header.length < HEADER_SIZE || header.readUInt32BE(0) !== 0x7f454c46) return "";
    const size = header.readUInt16LE(ENTRY_SIZE);
    const count = header.readUInt16LE(ENTRY_COUNT);
    const table = piece(fd, Number(header.readBigUInt64LE(TABLE_OFFSET)), size * count);
    for (let at = 0; at + size <= table.length; at += size) {
      if (table.readUInt32LE(at) !== PT_INTERP) continue;
      const from = Number(table.readBigUInt64LE(at + 8));
      const length = Number(table.readBigUInt64LE(at + 32));
      return piece(fd, from, length).toString("latin1").replace(/\0.*$/s, "");
    }
    return "";
  } finally {
    closeSync(fd);
  }
}

function piece(fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.alloc(Math.min(length, 65_536));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, from));
}
