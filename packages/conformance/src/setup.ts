/**
 * What the suites have to be told about a notifier: how to open one, and how two peers meet on it.
 */
import type { Address, Dispatch, Limits, Notifier } from "@pike-io/notifier";

/** How the suites ask for a notifier. */
export interface OpenOptions {
  /** "attached" to the runtime's loop (the default), or driven "manual"ly by `poll`. */
  readonly drive?: "attached" | "manual";
  /** The hook that gets each batch. */
  readonly dispatch?: Dispatch;
  readonly limits?: Partial<Limits>;
}

/** Kinds of addresses that the suites bind to. */
export type AddressKind = "ipv4" | "ipv6" | "unix" | "abstract";

/** Which end: "near" binds and accepts, "far" connects. */
export type Side = "near" | "far";

/** Two ends of something like a pipe, as descriptors that nobody else uses. */
export interface Pipe {
  readonly read: number;
  readonly write: number;
}

/** A notifier's own account of itself. Only `open` is required. */
export interface Setup {
  /** A notifier that nobody else uses; the suite closes it. */
  open(options?: OpenOptions): Notifier | Promise<Notifier>;
  /** The notifier of the other end of every connection. Default: the near one itself. */
  openPeer?(options?: OpenOptions): Notifier | Promise<Notifier>;
  /**
   * A free address to bind on one end, new at each call, or null where there is none of that kind.
   * Default: port 0 of 127.0.0.1 and ::1, and no Unix names.
   */
  address?(kind: AddressKind, side: Side): Address | null;
  /** An IPv4 address that is no host's own, to bind to in vain. Default 192.0.2.1 (RFC 5737). */
  readonly foreignAddress?: string;
  /** Whether `open` takes `drive: "manual"`. Default true. */
  readonly manual?: boolean;
  /**
   * Why the set-up's system cannot play a case, by the case's name; null for those that it can.
   * Such a case is declared as pending, with the reason in its name.
   */
  lacks?(name: string): string | null;
  /**
   * Sends a signal to whoever waits for it through this notifier; without it no signal case runs.
   */
  raise?(notifier: Notifier, name: string): void;
  /**
   * How many descriptors the process has open. Without it only the notifier's own count is looked
   * at.
   */
  descriptors?(): number;
}

/** Fills in the default address. */
export function addressOf(setup: Setup, kind: AddressKind, side: Side): Address | null {
  if (setup.address !== undefined) return setup.address(kind, side);
  if (kind === "ipv4") return { family: "ipv4", address: "127.0.0.1", port: 0 };
  if (kind === "ipv6") return { family: "ipv6", address: "::1", port: 0 };
  return null;
}
