/** What the tests of this package share: notifiers, rejections, senders, and what /proc says. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openNotifier } from "@pike-io/notifier-native";

/** SIGRTMIN of Linux's libcs for programs: glibc's, which Node is linked to. */
export const SIGRTMIN = 34;

/**
 * Whether the system's notifier only counts signals, by kqueue(2): it is told neither their sender
 * nor what they carry, and real-time ones cannot be waited for.
 */
export const isCounted: boolean = (() => {
  const notifier = openNotifier({ drive: "manual" });
  const { backend } = notifier;
  notifier.close();
  return backend === "kqueue";
})();

/** A case that needs senders, or real-time signals; pending where signals are only counted. */
export function itTold(name: string, body: () => Promise<void> | void): Mocha.Test {
  return isCounted ? it(`${name} (kqueue only counts signals)`) : it(name, body);
}

/** A case of a system that only counts signals; pending elsewhere. */
export function itCounted(name: string, body: () => Promise<void> | void): Mocha.Test {
  return isCounted ? it(name, body) : it(`${name} (for kqueue)`);
}

/**
 * Whether this runtime would hand what is blocked down to its children: nothing is blocked then.
 */
const isUnblocked = ["bun", "deno"].some((name) => process.versions[name] !== undefined);

/** A case that needs signals to be blocked; pending where they are not. */
export function itBlocked(name: string, body: () => Promise<void> | void): Mocha.Test {
  return isUnblocked ? it(`${name} (signals stay unblocked in this runtime)`) : itTold(name, body);
}

/** A case of runtimes in which signals stay unblocked; pending elsewhere. */
export function itUnblocked(name: string, body: () => Promise<void> | void): Mocha.Test {
  return isUnblocked ? it(name, body) : it(`${name} (for Bun and Deno)`);
}

/** What a promise was rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<Error & { code: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it was not rejected");
}

/** What a function threw. */
export function thrown(work: () => unknown): Error & { code: string } {
  try {
    work();
  } catch (error) {
    return error as Error & { code: string };
  }
  throw new Error("it did not throw");
}

let sender: string | null = null;

/** Queues `count` signals from another process, with values from 0; its pid once it has ended. */
export async function queueSignals(pid: number, number: number, count: number): Promise<number> {
  sender ??= buildSender();
  const child = spawn(sender, [String(pid), String(number), String(count)], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`the sender ended with ${code}`);
  return child.pid as number;
}

function buildSender(): string {
  const source = fileURLToPath(new URL("../test/queue_signals.c", import.meta.url));
  const program = fileURLToPath(new URL("./queue_signals", import.meta.url));
  execFileSync("cc", ["-O2", "-Wall", "-Werror", "-o", program, source], { stdio: "inherit" });
  return program;
}

/** Signal masks of a process or thread, from its status file. Bit 0 is signal 1. */
export interface Masks {
  readonly blocked: bigint;
  readonly ignored: bigint;
  readonly caught: bigint;
}

/** Reads the masks in the text of a status file. proc(5) */
export function masksIn(status: string): Masks {
  const field = (name: string): bigint => {
    const match = new RegExp(`^${name}:\\s*([0-9a-f]+)$`, "m").exec(status);
    if (match === null) throw new Error(`no ${name} in the status`);
    return BigInt(`0x${match[1]}`);
  };
  return { blocked: field("SigBlk"), ignored: field("SigIgn"), caught: field("SigCgt") };
}

/** Masks of every thread of this process, by thread id. */
export function threadMasks(): ReadonlyMap<number, Masks> {
  const masks = new Map<number, Masks>();
  for (const thread of readdirSync("/proc/self/task")) {
    try {
      const status = readFileSync(`/proc/self/task/${thread}/status`, "utf8");
      masks.set(Number(thread), masksIn(status));
    } catch (error) {
      // It has ended meanwhile.
      if (!["ENOENT", "ESRCH"].includes((error as { code: string }).code)) throw error;
    }
  }
  return masks;
}

/** The signals that a signalfd(2) of this process reads. */
export function signalfdMask(): bigint {
  let bits = 0n;
  for (const fd of readdirSync("/proc/self/fd")) {
    try {
      const info = readFileSync(`/proc/self/fdinfo/${fd}`, "utf8");
      const match = /^sigmask:\s*([0-9a-f]+)$/m.exec(info);
      if (match !== null) bits |= BigInt(`0x${match[1]}`);
    } catch (error) {
      // The folder's own descriptor is closed by now.
      if ((error as { code: string }).code !== "ENOENT") throw error;
    }
  }
  return bits;
}

/** The bit of a signal. */
export const bit = (number: number): bigint => 1n << BigInt(number - 1);
