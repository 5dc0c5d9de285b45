/**
 * Addresses on the wire: the slab's 120 bytes that native/src/address.h describes.
 *
 * The last address read is remembered, since most datagrams of a socket come from few senders: the
 * same bytes give the same frozen object.
 */
import {
  type Address,
  formatIpv4,
  formatIpv6,
  type HandleId,
  type IpAddress,
  ipv4Number,
  parseIpv6,
  UNIX_NAME_BYTES_MAX,
} from "@pike-io/notifier";
import { whole } from "./layout.js";

const PATH = 1;
const ABSTRACT = 2;
const IPV4 = 4;
const IPV6 = 6;
const PAYLOAD = 12;
const unnamed: Address = Object.freeze({ family: "unix", path: "" });
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Handles' ids that native code left in the slab at a byte offset. */
export function readIds(slab: Float64Array, offset: number, count: number): HandleId[] {
  const ids: HandleId[] = [];
  const start = offset / slab.BYTES_PER_ELEMENT;
  for (let i = start; i < start + count; i++) ids.push(whole(slab[i] as number));
  return ids;
}

/** Reads and writes addresses in one slab. */
export class Wire {
  readonly #slab: Uint8Array;
  readonly #view: DataView;
  #lastRead: IpAddress | null = null;
  #lastReadNumber = -1;
  #lastReadPort = -1;

  constructor(slab: Uint8Array) {
    this.#slab = slab;
    this.#view = new DataView(slab.buffer, slab.byteOffset, slab.byteLength);
  }

  /** Writes an address, in canonical form, at `offset`; false when it is none. */
  write(address: Address | null, offset: number): boolean {
    if (typeof address !== "object" || address === null) return false;
    if ("port" in address) return this.#writeIp(address, offset);
    if ("abstract" in address) return this.#writeName(ABSTRACT, address.abstract, offset);
    // A zero byte would lead into the abstract namespace, where a mode protects nothing.
    const { path } = address;
    return !String(path).includes("\0") && this.#writeName(PATH, path, offset);
  }

  /** Reads the address at `offset`. A socket without a name is an unnamed Unix one. */
  read(offset: number): Address {
    const family = this.#slab[offset];
    if (family === IPV4) return this.#readIpv4(offset);
    if (family === IPV6) return this.#readIpv6(offset);
    const length = this.#slab[offset + 1] as number;
    if (length === 0) return unnamed;
    const start = offset + PAYLOAD;
    const name = decoder.decode(this.#slab.subarray(start, start + length));
    return Object.freeze(
      family === ABSTRACT ? { family: "unix", abstract: name } : { family: "unix", path: name },
    );
  }

  #writeIp(address: IpAddress, offset: number): boolean {
    const { family, port, flowLabel = 0, scope = 0 } = address;
    if ((port & 0xffff) !== port) return false;
    const view = this.#view;
    if (family === "ipv4") {
      const number = ipv4Number(address.address);
      if (number < 0) return false;
      view.setUint32(offset + PAYLOAD, number);
    } else {
      const bytes = parseIpv6(address.address);
      if (bytes === null) return false;
      this.#slab.set(bytes, offset + PAYLOAD);
    }
    this.#slab[offset] = family === "ipv4" ? IPV4 : IPV6;
    view.setUint16(offset + 2, port, true);
    view.setUint32(offset + 4, flowLabel, true);
    view.setUint32(offset + 8, scope, true);
    return true;
  }

  #writeName(family: number, name: string, offset: number): boolean {
    if (typeof name !== "string" || name === "") return false;
    const start = offset + PAYLOAD;
    const room = this.#slab.subarray(start, start + UNIX_NAME_BYTES_MAX);
    const { read, written } = encoder.encodeInto(name, room);
    this.#slab[offset] = family;
    this.#slab[offset + 1] = written;
    return read === name.length;
  }

  #readIpv4(offset: number): Address {
    const number = this.#view.getUint32(offset + PAYLOAD, true);
    const port = this.#view.getUint16(offset + 2, true);
    if (number === this.#lastReadNumber && port === this.#lastReadPort) {
      return this.#lastRead as IpAddress;
    }
    this.#lastReadNumber = number;
    this.#lastReadPort = port;
    const address = formatIpv4(this.#slab, offset + PAYLOAD);
    this.#lastRead = Object.freeze({ family: "ipv4", address, port });
    return this.#lastRead;
  }

  #readIpv6(offset: number): Address {
    return Object.freeze({
      family: "ipv6",
      address: formatIpv6(this.#slab, offset + PAYLOAD),
      port: this.#view.getUint16(offset + 2, true),
      scope: this.#view.getUint32(offset + 8, true),
      flowLabel: this.#view.getUint32(offset + 4, true),
    });
  }
}
