/** Where to connect, listen or bind, as people write it, turned into addresses. */
import { describe } from "@pike-io/handle";
import { type Address, type Notifier, PikeError, validateAddress } from "@pike-io/notifier";

/** One address of a name, as node:dns gives it. */
export interface Resolved {
  readonly address: string;
  readonly family: number;
}

/** Turns a name into addresses, best first. `node:dns`'s promise form with `{ all: true }` fits. */
export type Lookup = (host: string) => Promise<readonly Resolved[]>;

/** What the functions of this package need from outside. */
export interface SocketEnvironment {
  /** Who drives the socket. The package pike-io fills in a default. */
  readonly notifier: Notifier;
  /** For hosts that are names. Without it only numeric addresses are taken. */
  readonly lookup?: Lookup | undefined;
}

/** A host and port, a numeric address and port, a Unix path, or an abstract Unix name. */
export interface Target {
  readonly host?: string;
  readonly address?: string;
  readonly port?: number;
  readonly path?: string;
  readonly abstract?: string;
}

/**
 * Every address that a target stands for: one, unless it is a name. Rejects with PIKE_TYPE,
 * PIKE_RANGE, ENOENT.
 */
export function resolveTarget(target: Target, lookup: Lookup | undefined): Promise<Address[]> {
  try {
    const { host, port } = target;
    if (host === undefined) return Promise.resolve([validateAddress(target, "target")]);
    if (typeof host !== "string")
      throw PikeError.type(`host must be a string, not ${describe(host)}`);
    validateAddress({ address: "127.0.0.1", port }, "target");
    const numeric = numericAddress(host, port as number);
    if (numeric !== null) return Promise.resolve([numeric]);
    if (lookup === undefined) {
      throw PikeError.type(`"${host}" is a name; give a lookup function, or a numeric address`);
    }
    if (typeof lookup !== "function") {
      throw PikeError.type(`lookup must be a function, not ${describe(lookup)}`);
    }
    return lookupAll(host, port as number, lookup);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Checks the object that a function of this package was called with. */
export function checkTarget(target: unknown, call: string): void {
  if (typeof target !== "object" || target === null) {
    throw PikeError.type(
      `${call} takes an object such as { host: "127.0.0.1", port: 7000 }, not ${describe(target)}`,
    );
  }
}

function numericAddress(host: string, port: number): Address | null {
  if (!/^[\d.]+$/.test(host) && !host.includes(":")) return null;
  return validateAddress({ address: host, port }, "target");
}

async function lookupAll(host: string, port: number, lookup: Lookup): Promise<Address[]> {
  const found: unknown = await lookup(host);
  if (!Array.isArray(found)) {
    throw PikeError.type(`lookup must give an array of addresses, not ${describe(found)}`);
  }
  const addresses = found.map((one: Resolved | null) =>
    validateAddress({ address: one?.address, port }, "lookup result"),
  );
  if (addresses.length === 0) throw new PikeError("ENOENT", `lookup ${host}: no address found`);
  return addresses;
}
