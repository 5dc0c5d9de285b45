/** Option values as the binary takes them: one number, or a multicast membership. */
import {
  type Address,
  codeName,
  type GroupMembership,
  type OptionKind,
  type OptionName,
  optionTable,
  PikeError,
  validateAddress,
} from "@pike-io/notifier";

const names = Object.keys(optionTable) as OptionName[];
const types = ["stream", "datagram", "seqpacket", "raw"] as const;

/** A membership with its addresses in canonical form. */
export interface Membership {
  readonly join: boolean;
  readonly group: Address;
  /** The interface's number; 0 for the system's choice. */
  readonly index: number;
  readonly source: Address | null;
}

/** What to set. */
export interface Setting {
  /** The option's place in the contract's table. */
  readonly index: number;
  readonly number: number;
  readonly membership: Membership | null;
}

const readers: { readonly [Kind in OptionKind]: (number: number) => unknown } = {
  boolean: (number) => number !== 0,
  integer: (number) => number,
  linger: (number) => (number < 0 ? null : number),
  milliseconds: (number) => number,
  error: (number) => (number === 0 ? null : codeName(number)),
  type: (number) => types[number],
  membership: () => undefined,
};

/** An option's place in the table, and how to read its number. */
export function readOption(name: OptionName): readonly [number, (number: number) => unknown] {
  return [indexOf(name), readers[optionTable[name].kind]];
}

/** An option's place in the table, and what to hand to the binary. */
export function writeOption(name: OptionName, value: unknown): Setting {
  const index = indexOf(name);
  switch (optionTable[name].kind) {
    case "boolean":
      return { index, number: value === true ? 1 : 0, membership: null };
    case "linger":
      return { index, number: value === null ? -1 : (value as number), membership: null };
    case "membership": {
      const membership = membershipOf(value as GroupMembership, name === "joinGroup");
      return { index, number: 0, membership };
    }
    default:
      return { index, number: value as number, membership: null };
  }
}

function indexOf(name: OptionName): number {
  const index = names.indexOf(name);
  if (index < 0) throw PikeError.type(`there is no option "${String(name)}"`);
  return index;
}

function membershipOf(value: GroupMembership, join: boolean): Membership {
  const at = (address: string, what: string): Address =>
    validateAddress({ address, port: 0 }, what);
  const { group, source, interface: index = 0 } = value;
  if (!Number.isInteger(index) || index < 0 || index > 0x7fff_ffff) {
    throw PikeError.range("interface must be an interface's number, or 0 for the system's choice");
  }
  return {
    join,
    group: at(group, "group"),
    index,
    source: source === undefined ? null : at(source, "source"),
  };
}
