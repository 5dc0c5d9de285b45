/**
 * Socket options: which socket has which, what they are at first, and what is stored.
 *
 * Those that mean something here (buffer sizes, linger, the reuse of addresses, IPV6_V6ONLY,
 * broadcast, low water, multicast) are read where they matter; the others are kept and given back.
 * Values are checked against the contract's table. See socket(7), tcp(7), ip(7), ipv6(7).
 */
import {
  Code,
  type Family,
  type OptionName,
  type OptionRow,
  optionTable,
  PikeError,
  type SocketOptions,
  type SocketType,
  systemError,
} from "@pike-io/notifier";

/** Options that the socket works out when it is asked. */
export type LiveOption = "listening" | "error" | "type";
/** Options that are done, not stored. */
export type GroupOption = "joinGroup" | "leaveGroup";
/** Options that are stored. */
export type StoredOption = Exclude<OptionName, LiveOption | GroupOption>;

type Values = { [Name in StoredOption]: SocketOptions[Name] };

const INT_MAX = 0x7fff_ffff;
/** What −1 stands for in IPV6_UNICAST_HOPS and IPV6_TCLASS. */
const AUTOMATIC: { readonly [name: string]: number } = { hopLimit: 64, trafficClass: 0 };

const tcpOptions: readonly OptionName[] = [
  "noDelay",
  "keepIdle",
  "keepInterval",
  "keepCount",
  "maxSegment",
];
const ipOptions: readonly OptionName[] = ["ttl", "tos"];
const ipv6Options: readonly OptionName[] = ["ipv6Only", "hopLimit", "trafficClass"];
const udpOptions: readonly OptionName[] = [
  "multicastTtl",
  "multicastLoop",
  "multicastInterface",
  "joinGroup",
  "leaveGroup",
];

/** The options of one socket. */
export class OptionStore {
  readonly family: Family;
  readonly type: SocketType;
  readonly #values: Values;

  constructor(family: Family, type: SocketType, bufferSize: number) {
    this.family = family;
    this.type = type;
    this.#values = defaults(bufferSize);
  }

  /** What an accepted socket inherits from its listener. */
  clone(): OptionStore {
    const copy = new OptionStore(this.family, this.type, 0);
    Object.assign(copy.#values, this.#values);
    return copy;
  }

  get<Name extends StoredOption>(name: Name): Values[Name] {
    return this.#values[name];
  }

  /** Stores a value that was checked, as the kernel would. */
  store<Name extends StoredOption>(name: Name, value: Values[Name]): void {
    let kept: Values[Name] = value;
    if (name === "sendBuffer" || name === "receiveBuffer") {
      kept = Math.min((value as number) * 2, INT_MAX) as Values[Name];
    } else if (value === -1) {
      kept = (AUTOMATIC[name] ?? value) as Values[Name];
    }
    this.#values[name] = kept;
  }

  /** Refuses an option that this socket doesn't have. */
  requireKnown(name: OptionName, syscall: "getsockopt" | "setsockopt"): OptionRow {
    const row = Object.hasOwn(optionTable, name) ? optionTable[name] : undefined;
    if (row === undefined) throw PikeError.range(`${syscall}: there is no option "${name}"`);
    const code = this.#codeFor(name);
    const readOnly = row.access === "get" || name === "sendLowWater";
    const refused = syscall === "setsockopt" ? readOnly : row.access === "set";
    if (code !== 0 || refused) {
      throw systemError(code || Code.ENOPROTOOPT, { syscall: `${syscall} ${name}` });
    }
    return row;
  }

  #codeFor(name: OptionName): number {
    const isIp = this.family !== "unix";
    if (tcpOptions.includes(name)) return missing(isIp && this.type === "stream", isIp);
    if (ipOptions.includes(name)) return missing(isIp, isIp);
    if (ipv6Options.includes(name)) return missing(this.family === "ipv6", isIp);
    if (udpOptions.includes(name)) return missing(isIp && this.type === "datagram", isIp);
    return 0;
  }
}

/** Unix sockets have no options above SOL_SOCKET; the others don't know each other's. */
function missing(present: boolean, isIp: boolean): number {
  if (present) return 0;
  return isIp ? Code.ENOPROTOOPT : Code.EOPNOTSUPP;
}

/** Refuses a value of the wrong type or range: PIKE_TYPE, PIKE_RANGE. */
export function checkValue(name: OptionName, row: OptionRow, value: unknown): void {
  switch (row.kind) {
    case "boolean":
      if (typeof value !== "boolean") throw PikeError.type(`${name} must be true or false`);
      return;
    case "linger":
      if (value === null) return;
      break;
    case "membership":
      if (typeof value !== "object" || value === null) {
        throw PikeError.type(`${name} must be an object such as { group: "239.1.2.3" }`);
      }
      return;
    default:
      break;
  }
  const { least = 0, largest = INT_MAX } = row;
  if (typeof value !== "number") throw PikeError.type(`${name} must be a number`);
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw PikeError.range(
      `${name} must be a whole number from ${least} to ${largest}, not ${value}`,
    );
  }
}

function defaults(bufferSize: number): Values {
  return {
    debug: false,
    reuseAddress: false,
    reusePort: false,
    keepAlive: false,
    dontRoute: false,
    broadcast: false,
    linger: null,
    oobInline: false,
    sendBuffer: bufferSize,
    receiveBuffer: bufferSize,
    sendLowWater: 1,
    receiveLowWater: 1,
    sendTimeout: 0,
    receiveTimeout: 0,
    noDelay: true,
    keepIdle: 7_200,
    keepInterval: 75,
    keepCount: 9,
    maxSegment: 1_460,
    ipv6Only: false,
    ttl: 64,
    tos: 0,
    hopLimit: 64,
    trafficClass: 0,
    multicastTtl: 1,
    multicastLoop: true,
    multicastInterface: 0,
  };
}
