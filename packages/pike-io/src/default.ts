/**
 * What the functions of this package use when nothing else is given: one notifier per thread, and
 * names resolved by node:dns.
 *
 * The notifier is opened at the first use and lives as long as the thread. It keeps the runtime's
 * loop alive only while operations are pending, so nobody has to close it.
 */
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import type { Lookup } from "@pike-io/socket";

let opened: Notifier | null = null;

/**
 * This thread's default notifier: attached to the runtime's loop, on the best backend, or on the
 * one that the environment variable PIKE_NOTIFIER names, which then never falls back. One that was
 * closed is opened anew. Throws PIKE_NO_BINARY; PIKE_UNSUPPORTED for a backend that is not there.
 */
export function defaultNotifier(): Notifier {
  if (opened === null || opened.closed) opened = openNotifier();
  return opened;
}

/**
 * Resolves a name by getaddrinfo(3), every address, in the system's order. The module is loaded at
 * the first name: most programs that only listen never need one.
 */
export const defaultLookup: Lookup = (host) =>
  import("node:dns").then(({ promises }) => promises.lookup(host, { all: true }));
