/** What the tests of sockets share: notifiers by name, foreign peers, descriptors, codes. */
import { once } from "node:events";
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Notifier } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";

/** Both notifiers, by name. */
export const notifiers: { readonly [name: string]: () => Notifier } = {
  "the system": () => openNotifier(),
  memory: () => new MemoryNetwork({ clock: "auto" }).host("10.0.0.1"),
};

/** A folder that is removed when the process ends. */
export const folder: string = mkdtempSync(join(tmpdir(), "pike-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** A path that nothing has yet. */
export function freshPath(suffix = ".sock"): string {
  count++;
  return join(folder, `${count}${suffix}`);
}

/** How many descriptors the process has open. */
export function descriptorCount(): number {
  // Windows lists none; notifier-native/test/windows-handles.test.ts counts handles there.
  if (process.platform === "win32") return 0;
  return readdirSync("/proc/self/fd").length;
}

/** The same once Node has closed what earlier tests left to it: unchanged for 50 turns. */
export async function settledDescriptorCount(): Promise<number> {
  let count = descriptorCount();
  for (let turns = 0; turns < 50; turns++) {
    await new Promise((next) => setImmediate(next));
    const now = descriptorCount();
    if (now !== count) turns = 0;
    count = now;
  }
  return count;
}

/** The sockets and pipes that the process has open, by what they are. */
export function descriptorLinks(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
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

/** A connected socket of node:net, that stays half open when its peer ends. */
export async function dialNode(target: net.NetConnectOpts): Promise<net.Socket> {
  const socket = net.connect({ allowHalfOpen: true, ...target } as net.NetConnectOpts);
  await once(socket, "connect");
  return socket;
}

/** A server of node:net that listens. */
export async function listenNode(
  host: string,
  handler: (socket: net.Socket) => void,
): Promise<{ server: net.Server; port: number }> {
  const server = net.createServer({ allowHalfOpen: true }, handler);
  server.listen(0, host);
  await once(server, "listening");
  return { server, port: (server.address() as net.AddressInfo).port };
}

/** Bytes that differ from place to place. */
export function pattern(size: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed >>> 0 || 1;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Takes turns of the runtime's loop until something holds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let turns = 0; turns < 200_000; turns++) {
    if (holds()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  throw new Error(`never came about: ${what}`);
}
