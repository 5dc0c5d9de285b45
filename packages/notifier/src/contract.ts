/**
 * The versioned agreement between a layer and a notifier, checked before any descriptor exists.
 *
 * A notifier is recognised by a symbol from the global registry, never by its class, so that two
 * copies of this package in one program work together.
 */
import { PikeError } from "./error.js";

/** The property under which a notifier carries its contract. */
export const contract: unique symbol = Symbol.for("@pike-io/notifier.contract");

/**
 * The version of the contract that this package describes. A minor version only adds operations.
 */
export const contractVersion = { major: 1, minor: 2 } as const;

/** What a notifier says of itself. */
export interface Contract {
  /** The implementation's name, for messages: "@pike-io/notifier-native 0.1.0". */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** Names of the operations and functions that it serves. */
  readonly operations: ReadonlySet<string>;
}

/** What a layer asks for. */
export interface Requirement {
  /** The layer's package name, for messages: "@pike-io/socket". */
  readonly layer: string;
  /** The layer's own version. */
  readonly version: string;
  /** The contract's major version that the layer was written against, and the least minor. */
  readonly major: number;
  readonly minor: number;
  readonly operations: readonly string[];
}

/**
 * Refuses a notifier that doesn't fit: PIKE_TYPE for something that is none, PIKE_CONTRACT_MISMATCH
 * for another major or an older minor, PIKE_UNSUPPORTED for a missing operation, PIKE_CLOSED for a
 * closed one.
 */
export function requireContract(notifier: unknown, needs: Requirement): void {
  const found = contractOf(notifier);
  if (found === undefined) {
    throw PikeError.type(
      `${needs.layer}: expected a notifier, such as openNotifier() of @pike-io/notifier-native gives`,
    );
  }
  if (found.major !== needs.major || found.minor < needs.minor) {
    throw new PikeError("PIKE_CONTRACT_MISMATCH", mismatch(found, needs));
  }
  for (const operation of needs.operations) {
    if (!found.operations.has(operation)) {
      throw new PikeError(
        "PIKE_UNSUPPORTED",
        `${needs.layer} needs the operation "${operation}", which ${found.name} does not have`,
      );
    }
  }
  if ((notifier as { closed?: boolean }).closed === true) {
    throw new PikeError("PIKE_CLOSED", `${needs.layer}: the notifier was closed`);
  }
}

function contractOf(notifier: unknown): Contract | undefined {
  if (typeof notifier !== "object" || notifier === null) return undefined;
  const found = (notifier as { [contract]?: Contract })[contract];
  if (typeof found !== "object" || found === null) return undefined;
  return found;
}

function mismatch(found: Contract, needs: Requirement): string {
  const wanted =
    needs.minor === 0
      ? `${needs.major}.x`
      : `${needs.major}.${needs.minor} or later in ${needs.major}.x`;
  const wayOut =
    found.major > needs.major
      ? `Upgrade ${needs.layer}, or install a ${found.name} that speaks ${needs.major}.x.`
      : `Upgrade ${found.name}, or install an older ${needs.layer} that speaks ${found.major}.${found.minor}.`;
  return (
    `${needs.layer} ${needs.version} needs notifier contract ${wanted}; ` +
    `${found.name} speaks ${found.major}.${found.minor}. ${wayOut}`
  );
}
