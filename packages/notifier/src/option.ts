/**
 * Socket options under pike's own names, with their types, ranges and directions.
 *
 * This table is the contract: a notifier maps the names onto its system's levels, numbers and
 * layouts, and answers PIKE_UNSUPPORTED or ENOPROTOOPT where there is none.
 */

/**
 * A multicast group to join or leave. `interface` is the interface's number, 0 for the system's
 * choice.
 */
export interface GroupMembership {
  readonly group: string;
  readonly interface?: number;
  /** Only what this sender sends (source-specific multicast, RFC 3678). */
  readonly source?: string;
}

/** Every option with the type of its value. */
export interface SocketOptions {
  /** SO_DEBUG. Needs CAP_NET_ADMIN to set. socket(7) */
  debug: boolean;
  /** SO_ACCEPTCONN: whether the socket listens. Read only. */
  listening: boolean;
  /** SO_REUSEADDR. */
  reuseAddress: boolean;
  /** SO_REUSEPORT. */
  reusePort: boolean;
  /** SO_KEEPALIVE. */
  keepAlive: boolean;
  /** SO_DONTROUTE. */
  dontRoute: boolean;
  /** SO_BROADCAST. */
  broadcast: boolean;
  /** SO_LINGER: seconds that close goes on sending, 0 for an abortive close, null for off. */
  linger: number | null;
  /** SO_OOBINLINE. */
  oobInline: boolean;
  /** SO_SNDBUF in bytes. Linux doubles what is set. */
  sendBuffer: number;
  /** SO_RCVBUF in bytes. Linux doubles what is set. */
  receiveBuffer: number;
  /** SO_SNDLOWAT in bytes. Read only on Linux. */
  sendLowWater: number;
  /** SO_RCVLOWAT in bytes: a read waits for so many. */
  receiveLowWater: number;
  /**
   * SO_SNDTIMEO in milliseconds, 0 for none. Without effect on pike's own calls, which never block;
   * for others who share the socket.
   */
  sendTimeout: number;
  /** SO_RCVTIMEO in milliseconds, 0 for none. As `sendTimeout`. */
  receiveTimeout: number;
  /** SO_ERROR: the pending error as a code's name, or null. Reading clears it. Read only. */
  error: string | null;
  /** SO_TYPE. Read only. */
  type: "stream" | "datagram" | "seqpacket" | "raw";
  /** TCP_NODELAY. On by default. tcp(7) */
  noDelay: boolean;
  /** TCP_KEEPIDLE in seconds before the first probe. */
  keepIdle: number;
  /** TCP_KEEPINTVL in seconds between probes. */
  keepInterval: number;
  /** TCP_KEEPCNT: probes before the connection is given up. */
  keepCount: number;
  /** TCP_MAXSEG in bytes. */
  maxSegment: number;
  /** IPV6_V6ONLY. ipv6(7) */
  ipv6Only: boolean;
  /** IP_TTL. ip(7) */
  ttl: number;
  /** IP_TOS. */
  tos: number;
  /** IPV6_UNICAST_HOPS. */
  hopLimit: number;
  /** IPV6_TCLASS. */
  trafficClass: number;
  /** IP_MULTICAST_TTL or IPV6_MULTICAST_HOPS, by the socket's family. */
  multicastTtl: number;
  /** IP_MULTICAST_LOOP or IPV6_MULTICAST_LOOP. */
  multicastLoop: boolean;
  /** IP_MULTICAST_IF or IPV6_MULTICAST_IF: an interface's number. */
  multicastInterface: number;
  /** Join a group. Write only. */
  joinGroup: GroupMembership;
  /** Leave a group. Write only. */
  leaveGroup: GroupMembership;
}

/** An option's name. */
export type OptionName = keyof SocketOptions;
/** An option's value. */
export type OptionValue = SocketOptions[OptionName];

/** How a value is checked and laid out. */
export type OptionKind =
  | "boolean"
  | "integer"
  | "linger"
  | "milliseconds"
  | "error"
  | "type"
  | "membership";

/** One row: the kind, the range of whole numbers, and what can be done with it. */
export interface OptionRow {
  readonly kind: OptionKind;
  readonly least?: number;
  readonly largest?: number;
  readonly access: "both" | "get" | "set";
}

const flag: OptionRow = { kind: "boolean", access: "both" };
const number = (least: number, largest: number): OptionRow => ({
  kind: "integer",
  least,
  largest,
  access: "both",
});
const INT_MAX = 0x7fff_ffff;

/** Every option. The order is part of the private layout between TypeScript and native code. */
export const optionTable: { readonly [Name in OptionName]: OptionRow } = {
  debug: flag,
  listening: { kind: "boolean", access: "get" },
  reuseAddress: flag,
  reusePort: flag,
  keepAlive: flag,
  dontRoute: flag,
  broadcast: flag,
  linger: { kind: "linger", least: 0, largest: 65_535, access: "both" },
  oobInline: flag,
  sendBuffer: number(1, INT_MAX),
  receiveBuffer: number(1, INT_MAX),
  sendLowWater: number(1, INT_MAX),
  receiveLowWater: number(1, INT_MAX),
  sendTimeout: { kind: "milliseconds", least: 0, largest: INT_MAX, access: "both" },
  receiveTimeout: { kind: "milliseconds", least: 0, largest: INT_MAX, access: "both" },
  error: { kind: "error", access: "get" },
  type: { kind: "type", access: "get" },
  noDelay: flag,
  keepIdle: number(1, 32_767),
  keepInterval: number(1, 32_767),
  keepCount: number(1, 127),
  maxSegment: number(1, 65_535),
  ipv6Only: flag,
  ttl: number(1, 255),
  tos: number(0, 255),
  hopLimit: number(-1, 255),
  trafficClass: number(-1, 255),
  multicastTtl: number(0, 255),
  multicastLoop: flag,
  multicastInterface: number(0, INT_MAX),
  joinGroup: { kind: "membership", access: "set" },
  leaveGroup: { kind: "membership", access: "set" },
};
