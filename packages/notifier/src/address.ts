/**
 * Addresses as people write them, and the text forms of IPv4 and IPv6.
 *
 * Nothing here asks the system: names are resolved elsewhere, and an interface is a number.
 */
import { PikeError } from "./error.js";

/** Address families that have a typed form. */
export type Family = "ipv4" | "ipv6" | "unix";

/** An IPv4 or IPv6 address with its port. */
export interface IpAddress {
  readonly family: "ipv4" | "ipv6";
  /** Text without scope: "127.0.0.1", "fe80::1". */
  readonly address: string;
  /** 0 to 65,535. */
  readonly port: number;
  /** IPv6: the interface's number for link-local addresses; 0 or absent for none. */
  readonly scope?: number;
  /** IPv6: 20 bits; 0 or absent for none. RFC 6437. */
  readonly flowLabel?: number;
}

/**
 * A Unix socket in the file system; `path` is "" for a socket without a name. At most 107 bytes of
 * UTF-8.
 */
export interface UnixAddress {
  readonly family: "unix";
  readonly path: string;
}

/**
 * A Unix socket in Linux's abstract namespace; at most 107 bytes of UTF-8, without the leading zero
 * byte. See unix(7).
 */
export interface AbstractAddress {
  readonly family: "unix";
  readonly abstract: string;
}

/** Where a socket is, or should go. */
export type Address = IpAddress | UnixAddress | AbstractAddress;
/** Another word for Address. */
export type SocketAddress = Address;

/**
 * The longest Unix path or abstract name, in bytes. See unix(7): sun_path is 108, one of them a
 * zero.
 */
export const UNIX_NAME_BYTES_MAX = 107;

const encoder = new TextEncoder();

/**
 * Checks an address and gives it in canonical form, or throws PIKE_TYPE or PIKE_RANGE naming what
 * is wrong.
 */
export function validateAddress(value: unknown, what = "address"): Address {
  if (typeof value !== "object" || value === null) {
    throw PikeError.type(`${what} must be an object such as { address: "127.0.0.1", port: 7000 }`);
  }
  const fields = value as { readonly [name: string]: unknown };
  if (fields["abstract"] !== undefined) return abstractAddress(fields["abstract"], what);
  if (fields["path"] !== undefined) return unixAddress(fields["path"], what);
  return ipAddress(fields, what);
}

function unixAddress(path: unknown, what: string): UnixAddress {
  if (typeof path !== "string") throw PikeError.type(`${what}.path must be a string`);
  if (path.includes("\0")) {
    throw PikeError.range(
      `${what}.path must not contain a zero character; use "abstract" for such names`,
    );
  }
  checkNameLength(path, `${what}.path`);
  return { family: "unix", path };
}

function abstractAddress(name: unknown, what: string): AbstractAddress {
  if (typeof name !== "string") throw PikeError.type(`${what}.abstract must be a string`);
  if (name.length === 0) throw PikeError.range(`${what}.abstract must not be empty`);
  checkNameLength(name, `${what}.abstract`);
  return { family: "unix", abstract: name };
}

function checkNameLength(name: string, what: string): void {
  const size = encoder.encode(name).length;
  if (size > UNIX_NAME_BYTES_MAX) {
    throw PikeError.range(`${what} is ${size} bytes long; at most ${UNIX_NAME_BYTES_MAX} fit`);
  }
}

function ipAddress(fields: { readonly [name: string]: unknown }, what: string): IpAddress {
  const { address: given, port } = fields;
  if (typeof given !== "string") throw PikeError.type(`${what}.address must be a string`);
  const mark = given.indexOf("%");
  const text = mark < 0 ? given : given.slice(0, mark);
  const scope =
    fields["scope"] ?? (mark < 0 ? undefined : scopeNumber(given.slice(mark + 1), what));
  checkInteger(port, `${what}.port`, 65_535);
  if (ipv4Number(text) >= 0) {
    checkFamily(fields["family"], "ipv4", what);
    // The strict form is the canonical one.
    return { family: "ipv4", address: text, port: port as number };
  }
  const ipv6 = parseIpv6(text);
  if (ipv6 === null) {
    throw PikeError.range(`${what}.address "${given}" is neither an IPv4 nor an IPv6 address`);
  }
  checkFamily(fields["family"], "ipv6", what);
  const flowLabel = fields["flowLabel"];
  if (scope !== undefined) checkInteger(scope, `${what}.scope`, 0xffff_ffff);
  if (flowLabel !== undefined) checkInteger(flowLabel, `${what}.flowLabel`, 0xf_ffff);
  return {
    family: "ipv6",
    address: formatIpv6(ipv6),
    port: port as number,
    scope: (scope as number | undefined) ?? 0,
    flowLabel: (flowLabel as number | undefined) ?? 0,
  };
}

function scopeNumber(text: string, what: string): number {
  if (!/^\d{1,10}$/.test(text)) {
    throw PikeError.range(
      `${what}: the scope "%${text}" must be an interface's number; see os.networkInterfaces()`,
    );
  }
  return Number(text);
}

function checkFamily(given: unknown, found: Family, what: string): void {
  if (given !== undefined && given !== found) {
    throw PikeError.range(
      `${what}.family is ${JSON.stringify(given)}, but the address is ${found}`,
    );
  }
}

function checkInteger(value: unknown, what: string, largest: number): void {
  if (typeof value !== "number") throw PikeError.type(`${what} must be a number`);
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw PikeError.range(`${what} must be a whole number from 0 to ${largest}, not ${value}`);
  }
}

/** A dot, as digits are counted: its code less that of "0". */
const END_OF_PART = -2;

/** Four bytes of strict dotted-quad text, or null. No octal, no short forms. */
export function parseIpv4(text: string): Uint8Array | null {
  const number = ipv4Number(text);
  if (number < 0) return null;
  return Uint8Array.of(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255);
}

/**
 * The same as a number, the first byte its highest, or −1. Made for each datagram that is sent, so
 * it goes by characters and makes no objects.
 */
export function ipv4Number(text: string): number {
  let number = 0;
  let part = -1; // none of its digits seen
  let parts = 0;
  for (let i = 0; i <= text.length; i++) {
    const digit = i === text.length ? END_OF_PART : text.charCodeAt(i) - 48;
    if (digit === END_OF_PART) {
      if (part < 0 || ++parts > 4) return -1;
      number = number * 256 + part;
      part = -1;
    } else if (digit < 0 || digit > 9 || part === 0) {
      return -1;
    } else {
      part = part < 0 ? digit : part * 10 + digit;
      if (part > 255) return -1;
    }
  }
  return parts === 4 ? number : -1;
}

/** Sixteen bytes of IPv6 text without scope (RFC 4291, section 2.2), or null. */
export function parseIpv6(text: string): Uint8Array | null {
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1] as string, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const bytes = new Uint8Array(16);
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail];
  for (let i = 0; i < 8; i++) {
    bytes[2 * i] = (all[i] as number) >> 8;
    bytes[2 * i + 1] = (all[i] as number) & 255;
  }
  return bytes;
}

function groups(text: string, mayEndInIpv4: boolean): number[] | null {
  if (text === "") return [];
  const parts = text.split(":");
  const found: number[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      found.push(Number.parseInt(part, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && i === parts.length - 1 ? parseIpv4(part) : null;
    if (ipv4 === null) return null;
    const [a, b, c, d] = ipv4 as unknown as [number, number, number, number];
    found.push((a << 8) | b, (c << 8) | d);
  }
  return found;
}

/** "192.0.2.1" of four bytes at `offset`. */
export function formatIpv4(bytes: Uint8Array, offset = 0): string {
  return `${bytes[offset]}.${bytes[offset + 1]}.${bytes[offset + 2]}.${bytes[offset + 3]}`;
}

/** The canonical text (RFC 5952) of sixteen bytes at `offset`. */
export function formatIpv6(bytes: Uint8Array, offset = 0): string {
  const words: number[] = [];
  for (let i = 0; i < 16; i += 2) {
    words.push(((bytes[offset + i] as number) << 8) | (bytes[offset + i + 1] as number));
  }
  if (words[5] === 0xffff && words.slice(0, 5).every((word) => word === 0)) {
    return `::ffff:${formatIpv4(bytes, offset + 12)}`;
  }
  const [start, length] = longestZeros(words);
  const hex = (part: number[]): string => part.map((word) => word.toString(16)).join(":");
  if (length < 2) return hex(words);
  return `${hex(words.slice(0, start))}::${hex(words.slice(start + length))}`;
}

function longestZeros(words: readonly number[]): [start: number, length: number] {
  let best: [number, number] = [0, 0];
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && words[start + length] === 0) length++;
    if (length > best[1]) best = [start, length];
  }
  return best;
}

/** An address in one line, as error messages show it. */
export function formatAddress(address: Address): string {
  if ("abstract" in address) return `@${address.abstract}`;
  if ("path" in address) return address.path === "" ? "(unnamed)" : address.path;
  if (address.family === "ipv4") return `${address.address}:${address.port}`;
  const scope = address.scope === undefined || address.scope === 0 ? "" : `%${address.scope}`;
  return `[${address.address}${scope}]:${address.port}`;
}
