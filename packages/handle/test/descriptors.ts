/** Descriptors for tests: fifos, what the system says of a descriptor, and how many there are. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Handle } from "@pike-io/handle";
import type { Notifier } from "@pike-io/notifier";

/** A folder that is removed when the process ends. */
export const folder: string = mkdtempSync(join(tmpdir(), "pike-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** A path that nothing has yet. */
export function freshPath(suffix: string): string {
  count++;
  return join(folder, `${count}${suffix}`);
}

/** Both ends of a new pipe, blocking as a shell's are unless told otherwise. */
export function openPipe(flags = 0): { read: number; write: number } {
  const path = makeFifo();
  // Opened both ways at first: opening one end would wait for the other. See fifo(7).
  const both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const read = openSync(path, constants.O_RDONLY | flags);
  const write = openSync(path, constants.O_WRONLY | flags);
  closeSync(both);
  rmSync(path);
  return { read, write };
}

/** A fifo in the file system. */
export function makeFifo(): string {
  const path = freshPath(".fifo");
  execFileSync("mkfifo", [path]);
  return path;
}

/** Both ends of a fifo that nobody else has open: a pipe of their own, and no other descriptor. */
export function openFifo(path: string): { read: number; write: number } {
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

/** The status flags of a descriptor, as the system has them. See proc(5), fdinfo. */
export function flagsOf(fd: number, pid: number | string = "self"): number {
  const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
  return Number.parseInt(/^flags:\s*([0-7]+)/m.exec(info)?.[1] ?? "", 8);
}

/** Whether a descriptor is set non-blocking. */
export function isNonBlocking(fd: number, pid: number | string = "self"): boolean {
  return (flagsOf(fd, pid) & constants.O_NONBLOCK) !== 0;
}

/** The descriptors that the process has open, without the one that looks. */
export function openDescriptors(): number[] {
  return readdirSync("/proc/self/fd")
    .map(Number)
    .filter((fd) => linkOf(fd) !== null);
}

/** What a descriptor is: "pipe:[1234]", "socket:[…]", a path; null when it is closed. */
export function linkOf(fd: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return null;
  }
}

/** A handle over a socket, for what a bare Handle does on every notifier. */
export class SocketHandle extends Handle {
  /** Opens a socket of a kind, and registers it unless it is to stay as it is. */
  constructor(notifier: Notifier | null, type: "stream" | "datagram" = "stream") {
    super();
    if (notifier !== null) this.register(notifier, notifier.openSocket({ family: "ipv4", type }));
  }

  /** The notifier's name of it. */
  get name(): number {
    return this.id;
  }
}

/** The code of the error that a promise rejects with; "resolved" when it does not. */
export function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => "resolved",
    (error) => String((error as { code?: string }).code ?? error),
  );
}

/** The code of the error that a call throws; "returned" when it does not. */
export function thrownCode(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    return String((error as { code?: string }).code ?? error);
  }
  return "returned";
}
