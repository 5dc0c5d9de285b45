/**
 * IP addresses as the network routes them.
 *
 * An IPv6 socket may speak IPv4 under mapped addresses (RFC 4291, section 2.5.5.2). Inside the
 * network such an address is plain IPv4; it is mapped again where a program with an IPv6 socket
 * looks at it.
 */
import type { IpAddress } from "@pike-io/notifier";

/** Which IP. */
export type IpFamily = IpAddress["family"];

/** An address without mapping. */
export interface Endpoint {
  readonly family: IpFamily;
  readonly text: string;
  readonly port: number;
  readonly scope: number;
}

const MAPPED = "::ffff:";

/** The address as it is routed. */
export function endpointOf(address: IpAddress): Endpoint {
  const { address: text, port } = address;
  if (text.startsWith(MAPPED) && text.includes(".")) {
    return { family: "ipv4", text: text.slice(MAPPED.length), port, scope: 0 };
  }
  return { family: address.family, text, port, scope: address.scope ?? 0 };
}

/** The address as a socket of this family shows it. */
export function shownTo(family: IpFamily, endpoint: Endpoint): IpAddress {
  const { port } = endpoint;
  if (family === "ipv4") return { family, address: endpoint.text, port };
  const address = endpoint.family === "ipv4" ? mapped(endpoint.text) : endpoint.text;
  return { family, address, port, scope: endpoint.scope, flowLabel: 0 };
}

function mapped(text: string): string {
  return text === "0.0.0.0" ? "::" : MAPPED + text;
}

/** The wildcard address with port 0: what a socket shows that is bound to nothing. */
export function anyAddress(family: IpFamily): IpAddress {
  const text = family === "ipv4" ? "0.0.0.0" : "::";
  return shownTo(family, { family, text, port: 0, scope: 0 });
}

/** Whether it stands for every address. */
export function isWildcard(text: string): boolean {
  return text === "0.0.0.0" || text === "::";
}

/** Whether every host means itself by it: 127.0.0.0/8 or ::1. */
export function isLoopback(text: string): boolean {
  return text.startsWith("127.") || text === "::1";
}

/** 224.0.0.0/4 or ff00::/8. */
export function isMulticast(text: string): boolean {
  if (text.includes(":")) return /^ff[0-9a-f]{2}:/.test(text);
  const first = Number.parseInt(text, 10);
  return first >= 224 && first < 240;
}

/** Whether every host hears it: 255.255.255.255. */
export function isBroadcast(text: string): boolean {
  return text === "255.255.255.255";
}

/** Connecting to the wildcard address means the host itself, as on Linux. */
export function destinationOf(endpoint: Endpoint): Endpoint {
  if (!isWildcard(endpoint.text)) return endpoint;
  return { ...endpoint, text: endpoint.family === "ipv4" ? "127.0.0.1" : "::1" };
}
