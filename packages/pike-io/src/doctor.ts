/**
 * `pike doctor`: which backend is in use and why, what the system allows, which binary was loaded;
 * and whether a post really arrives. It opens its own notifier and closes it.
 */
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import { Event } from "@pike-io/event";
import { contract, defaultLimits } from "@pike-io/notifier";
import { binaryPath, type NativeNotifier, openNotifier } from "@pike-io/notifier-native";
import { version } from "./version.js";

type Print = (line: string) => void;

const attachments = {
  loop: "loop: the runtime's own libuv loop watches the backend's descriptor",
  thread: "thread: a thread of its own waits and wakes JavaScript by a threadsafe function",
  none: "none: driven by hand",
} as const;

/** What the runtime's own report says of the process; not every runtime has every part. */
interface Report {
  readonly header?: { readonly glibcVersionRuntime?: string };
  readonly userLimits?: {
    readonly open_files?: { readonly soft: string | number; readonly hard: string | number };
  };
}

/** Prints what it finds and says whether pike can work here. */
export async function doctor(print: Print): Promise<boolean> {
  const row = (name: string, text: string): void => print(`${name.padEnd(12)} ${text}`);
  const report = (process.report?.getReport() ?? {}) as Report;
  row("pike", version);
  row("runtime", `${runtime()}, ${process.platform} ${process.arch}${libc(report)}`);
  row("kernel", `${os.type()} ${os.release()}`);
  row(
    "variables",
    `${["PIKE_NOTIFIER", "PIKE_URING_FEATURES", "PIKE_ATTACH", "PIKE_NATIVE_PATH"].map(setting).join(", ")}`,
  );
  try {
    const own = process.env["PIKE_NATIVE_PATH"] === undefined;
    row("binary", `${binaryPath()} (${own ? "this package's own" : "from PIKE_NATIVE_PATH"})`);
    const notifier = openNotifier();
    try {
      await examine(notifier, row);
    } finally {
      await notifier.close();
    }
  } catch (error) {
    row("failed", (error as Error).message);
    return false;
  }
  row("descriptors", descriptorLimit(report));
  row("backlog", backlogLimit());
  return true;
}

async function examine(
  notifier: NativeNotifier,
  row: (name: string, text: string) => void,
): Promise<void> {
  const { name, major, minor } = notifier[contract];
  row("backend", `${notifier.backend}: ${notifier.reason}`);
  if (notifier.features.length > 0) row("features", notifier.features.join(", "));
  else if (process.platform === "linux") row("io_uring", await ioUring());
  row("attached", attachments[notifier.attachment]);
  row("contract", `${major}.${minor}, spoken by ${name}`);
  const { handles, queue, immediate } = defaultLimits;
  row(
    "limits",
    `${handles} handles, ${queue} pending operations in each direction, ${immediate} results at once`,
  );
  const event = Event.open(notifier);
  const start = performance.now();
  const waiting = event.wait({ timeoutMs: 5_000 });
  event.post();
  await waiting;
  row("works", `a post arrived after ${(performance.now() - start).toFixed(2)} ms`);
}

/** What io_uring would be like here. */
async function ioUring(): Promise<string> {
  try {
    const notifier = openNotifier({ backend: "io_uring" });
    await notifier.close();
    return `can be had, with ${notifier.features.join(", ")}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The runtime by its own name; others than Node say as which Node they want to be taken. */
function runtime(): string {
  const { bun, deno, node } = process.versions;
  if (bun !== undefined) return `Bun ${bun} (as Node ${node})`;
  if (deno !== undefined) return `Deno ${deno} (as Node ${node})`;
  return `Node ${node}`;
}

function setting(name: string): string {
  const value = process.env[name];
  return value === undefined ? `${name} not set` : `${name}=${value}`;
}

/** Deno reports a version that is not the system's. */
function libc({ header }: Report): string {
  const found = header?.glibcVersionRuntime;
  return found === undefined || "deno" in process.versions ? "" : `, glibc ${found}`;
}

function descriptorLimit({ userLimits }: Report): string {
  const { soft, hard } = userLimits?.open_files ?? limitsOfLinux();
  return soft === undefined ? "unknown" : `${soft}, at most ${hard} (ulimit -n)`;
}

/** What proc_pid_limits(5) tells, for runtimes that don't. */
function limitsOfLinux(): { readonly soft?: string; readonly hard?: string } {
  const path = "/proc/self/limits";
  if (!existsSync(path)) return {};
  const found = /^Max open files +(\S+) +(\S+)/m.exec(readFileSync(path, "utf8"));
  return found === null ? {} : { soft: found[1] as string, hard: found[2] as string };
}

function backlogLimit(): string {
  const path = "/proc/sys/net/core/somaxconn";
  if (!existsSync(path)) return "unknown";
  return `${readFileSync(path, "utf8").trim()} (net.core.somaxconn)`;
}
