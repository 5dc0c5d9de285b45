/** `listen`: a listener in one call. */
import type { BindOptions, ListenOptions } from "@pike-io/notifier";
import { checkFlags } from "./check.js";
import { Listener, type ListenerOptions, type PeerHandler } from "./listener.js";
import { BACKLOG_DEFAULT, Socket } from "./socket.js";
import { checkTarget, resolveTarget, type SocketEnvironment, type Target } from "./target.js";

/** Where to listen, and how. */
export interface ListenTarget
  extends Target,
    SocketEnvironment,
    BindOptions,
    ListenOptions,
    ListenerOptions {
  /** Connections that may wait to be accepted, 0 to 65,535. Default 511. */
  readonly backlog?: number;
  /** SO_REUSEADDR, so that a restart need not wait for old connections. Default true for TCP. */
  readonly reuseAddress?: boolean;
  /** Several listeners share what arrives: SO_REUSEPORT. Default false. */
  readonly reusePort?: boolean;
  /** IPv6 only, no IPv4-mapped addresses. Default: the system's. */
  readonly ipv6Only?: boolean;
}

/**
 * Listens on TCP (`host` or `address`, with `port`; 0 lets the system choose) or on a Unix socket
 * (`path` with `mode`, default 0o600, or `abstract`). With a handler the listener serves each peer
 * and closes it when the handler ends; without one, iterate over it. EADDRINUSE, EADDRNOTAVAIL,
 * EACCES.
 */
export async function listen(target: ListenTarget, handler?: PeerHandler): Promise<Listener> {
  checkTarget(target, "listen");
  checkFlags(target, "reuseAddress", "reusePort", "ipv6Only");
  Listener.check(target, handler);
  const [address] = await resolveTarget(target, target.lookup);
  if (address === undefined) throw new RangeError("the target has no address");
  const socket = Socket.open(address.family, "stream").registerTo(target.notifier);
  try {
    if (address.family !== "unix") {
      socket.set("reuseAddress", target.reuseAddress ?? true);
      if (target.reusePort === true) socket.set("reusePort", true);
      if (target.ipv6Only !== undefined) socket.set("ipv6Only", target.ipv6Only);
    }
    socket.bind(address, target);
    socket.listen(target.backlog ?? BACKLOG_DEFAULT, target);
    return new Listener(socket, target, handler);
  } catch (error) {
    await socket.close();
    throw error;
  }
}
