/**
 * A host: one machine of the network, with its addresses, its ports and names, and its notifiers.
 *
 * Each notifier is as a process of its own on that machine. All state here is released by the
 * sockets that made it; a host itself stays as long as its network.
 */

import type { SignalQueue } from "../signal.js";
import type { DatagramSocket } from "../socket/datagram.js";
import { type Endpoint, type IpFamily, isLoopback } from "../socket/endpoint.js";
import type { StreamSocket } from "../socket/stream.js";
import type { End } from "../wire/end.js";
import { type Medium, Path } from "../wire/path.js";
import { NameTable } from "./names.js";
import { PortTable } from "./ports.js";

/** Where a host finds the others. */
export interface Directory {
  readonly medium: Medium;
  readonly hosts: readonly Host[];
  /** The host with this address. */
  locate(text: string): Host | undefined;
}

/** One machine. */
export class Host {
  readonly directory: Directory;
  readonly medium: Medium;
  readonly tcp: PortTable<StreamSocket> = new PortTable("unless listening");
  readonly udp: PortTable<DatagramSocket> = new PortTable("always");
  readonly names: NameTable<StreamSocket> = new NameTable();
  /** Everybody here who waits for signals. */
  readonly signals: Set<SignalQueue> = new Set();
  /** Ends of TCP connections, with the host at the other end. */
  readonly connections: Map<End, Host> = new Map();
  readonly #addresses = new Map<string, IpFamily>();
  readonly #paths = new Map<Host, Path>();

  constructor(directory: Directory) {
    this.directory = directory;
    this.medium = directory.medium;
  }

  /** Its addresses, in the order in which it got them. */
  get addresses(): readonly string[] {
    return [...this.#addresses.keys()];
  }

  addAddress(text: string, family: IpFamily): void {
    this.#addresses.set(text, family);
  }

  /** Whether a socket here may be bound to this address. */
  owns(text: string): boolean {
    return isLoopback(text) || this.#addresses.has(text);
  }

  /** The host that an address means, as seen from here. */
  locate(text: string): Host | undefined {
    return this.owns(text) ? this : this.directory.locate(text);
  }

  /**
   * The address that a socket here speaks from when it is bound to none; null for an unreachable
   * network.
   */
  sourceFor(to: Endpoint): string | null {
    if (this.owns(to.text)) return to.text;
    for (const [text, family] of this.#addresses) if (family === to.family) return text;
    return null;
  }

  /** The way to another host, or to itself. */
  pathTo(other: Host): Path {
    let path = this.#paths.get(other);
    if (path === undefined) {
      path = new Path(this.medium, other === this);
      this.#paths.set(other, path);
    }
    return path;
  }
}
