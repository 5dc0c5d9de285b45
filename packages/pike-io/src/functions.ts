/** connect, listen, bind and post with the defaults filled in: what most programs call. */
import { Event, type Poster } from "@pike-io/event";
import type { Notifier } from "@pike-io/notifier";
import * as socket from "@pike-io/socket";
import { defaultLookup, defaultNotifier } from "./default.js";

/** Makes the notifier optional. */
type WithDefaults<Target> = Omit<Target, "notifier" | "lookup"> & {
  /** Default: `defaultNotifier()`. */
  readonly notifier?: Notifier | undefined;
  /** Default: node:dns. */
  readonly lookup?: socket.Lookup | undefined;
};

/** Where to connect, and how long to try. */
export type ConnectTarget = WithDefaults<socket.ConnectTarget>;
/** Where to listen, and how. */
export type ListenTarget = WithDefaults<socket.ListenTarget>;
/** Where to bind, and how. */
export type BindTarget = WithDefaults<socket.BindTarget>;

/**
 * Connects over TCP (`host` or `address`, with `port`), UDP (`type: "udp"`) or to a Unix socket
 * (`path`, `abstract`). A name's addresses are tried in turn. ECONNREFUSED, ETIMEDOUT, ENOENT,
 * ENOTFOUND for a name that there is not; PIKE_TIMEOUT and PIKE_ABORTED as asked for.
 */
export function connect(target: ConnectTarget): Promise<socket.Socket> {
  try {
    return socket.connect(fill(target));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Listens on TCP (`host` or `address`, with `port`; 0 lets the system choose) or on a Unix socket
 * (`path` with `mode`, default 0o600, or `abstract`). With a handler the listener serves each peer
 * and closes it when the handler ends; without one, iterate over it. EADDRINUSE, EADDRNOTAVAIL,
 * EACCES.
 */
export function listen(
  target: ListenTarget,
  handler?: socket.PeerHandler,
): Promise<socket.Listener> {
  try {
    return socket.listen(fill(target), handler);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Opens a datagram socket bound to an address. EADDRINUSE, EADDRNOTAVAIL, EACCES. */
export function bind(target: BindTarget): Promise<socket.Socket> {
  try {
    return socket.bind(fill(target));
  } catch (error) {
    return Promise.reject(error);
  }
}

/**
 * Posts to an event of any thread by its poster; `count` 1 to 2^32 − 1. Throws PIKE_CLOSED when the
 * event is gone.
 */
export function post(poster: Poster, count: number = 1): void {
  Event.post(defaultNotifier(), poster, count);
}

function fill<Target extends WithDefaults<socket.SocketEnvironment>>(
  target: Target,
): Target & socket.SocketEnvironment {
  // What is no object has no notifier to miss; the layer below says what it should have been.
  if (typeof target !== "object" || target === null) return target as never;
  return {
    ...target,
    notifier: target.notifier ?? defaultNotifier(),
    lookup: target.lookup ?? defaultLookup,
  };
}
