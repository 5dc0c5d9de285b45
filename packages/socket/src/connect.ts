/** `connect`: a connected socket in one call. */
import type { CancelOptions } from "@pike-io/handle";
import { type Address, PikeError } from "@pike-io/notifier";
import { Socket } from "./socket.js";
import { checkTarget, resolveTarget, type SocketEnvironment, type Target } from "./target.js";

/** Where to connect, and how long to try. */
export interface ConnectTarget extends Target, SocketEnvironment, CancelOptions {
  /** "tcp" (also for Unix streams; the default) or "udp". */
  readonly type?: "tcp" | "udp";
  /** The local address to connect from. */
  readonly local?: { readonly address: string; readonly port: number };
}

/**
 * Connects to a target; a name's addresses are tried in turn, each with the whole of `timeoutMs`.
 * Rejects with the last attempt's error, whose `cause` lists the others.
 */
export async function connect(target: ConnectTarget): Promise<Socket> {
  checkTarget(target, "connect");
  const addresses = await resolveTarget(target, target.lookup);
  const failures: unknown[] = [];
  for (const address of addresses) {
    try {
      return await connectTo(address, target);
    } catch (error) {
      failures.push(error);
      if ((error as { code?: string }).code === "PIKE_ABORTED") break;
    }
  }
  const last = failures.at(-1) as Error;
  if (failures.length > 1) last.cause = new AggregateError(failures, "every address failed");
  throw last;
}

async function connectTo(address: Address, target: ConnectTarget): Promise<Socket> {
  const { type = "tcp", local, signal, timeoutMs } = target;
  if (type !== "tcp" && type !== "udp") throw PikeError.type('type must be "tcp" or "udp"');
  const socket = Socket.open(address.family, type === "udp" ? "datagram" : "stream");
  socket.registerTo(target.notifier);
  try {
    if (local !== undefined) socket.bind(local);
    await socket.connect(address, { signal, timeoutMs });
    return socket;
  } catch (error) {
    await socket.close();
    throw error;
  }
}
