/**
 * Connecting a stream socket: checks what Linux checks, finds the source address, and follows the
 * attempt to its outcome. See connect(2).
 */
import { type Address, Code, type IpAddress, PENDING } from "@pike-io/notifier";
import type { UnixName } from "../host/names.js";
import type { Pending } from "../host/pending.js";
import { End } from "../wire/end.js";
import {
  destinationOf,
  endpointOf,
  isBroadcast,
  isLoopback,
  isMulticast,
  isWildcard,
  shownTo,
} from "./endpoint.js";
import { Handshake } from "./handshake.js";
import type { Listener } from "./listener.js";
import type { StreamSocket } from "./stream.js";

/** One attempt to connect, from its request to its outcome. */
export class Connector {
  /** The request that began it, and that gets the outcome. */
  readonly request: Pending;
  /** PENDING, then 0 or a negated code. */
  outcome: number = PENDING;
  readonly #socket: StreamSocket;
  #handshake: Handshake | null = null;
  #cancelled = false;
  #gaveLocal = false;

  constructor(socket: StreamSocket, request: Pending) {
    this.#socket = socket;
    this.request = request;
  }

  /** Whether the outcome is still open. */
  get busy(): boolean {
    return this.outcome === PENDING && !this.#cancelled;
  }

  /** Begins, and gives the outcome where it is clear at once. */
  start(): number {
    const { address } = this.request.request;
    if (address === null) return this.#settle(-Code.EDESTADDRREQ);
    if (address.family === "unix") return this.#startUnix(address);
    return this.#startTcp(address);
  }

  /** The socket was closed. */
  cancel(): void {
    this.#cancelled = true;
    this.#handshake?.cancel();
  }

  #startTcp(address: IpAddress): number {
    const { host, options, place } = this.#socket;
    const { family } = options;
    if (family !== address.family) return this.#settle(-Code.EAFNOSUPPORT);
    const to = destinationOf(endpointOf(address));
    if (!this.#socket.speaks(to.family) || isMulticast(to.text) || isBroadcast(to.text)) {
      return this.#settle(-Code.ENETUNREACH);
    }
    const source = this.#source(host.sourceFor(to));
    if (typeof source === "number") return this.#settle(source);
    if (isLoopback(source) && !host.owns(to.text)) return this.#settle(-Code.EINVAL);
    const shown = shownTo(address.family, { ...to, text: source, port: 0 });
    try {
      if (place.port === null) {
        place.bindPort(shown);
        this.#gaveLocal = true;
      }
    } catch {
      // Every ephemeral port is in use.
      return this.#settle(-Code.EADDRNOTAVAIL);
    }
    place.showFrom(shown.address);
    const from = { family: to.family, text: source, port: place.port ?? 0, scope: 0 };
    const peer = { ...address, address: shownTo(address.family, to).address };
    this.#handshake = new Handshake(
      { host, from, to, sizes: this.#socket.bufferSizes },
      (outcome) => this.#answered(outcome, peer),
    );
    return this.outcome;
  }

  /** The address to speak from: the one that the socket was bound to, or the host's choice. */
  #source(chosen: string | null): string | number {
    const { shown } = this.#socket.place;
    const bound = shown === null ? null : endpointOf(shown as IpAddress).text;
    if (bound !== null && !isWildcard(bound)) return bound;
    return chosen ?? -Code.ENETUNREACH;
  }

  #answered(outcome: End | number, peer: Address): void {
    if (typeof outcome === "number") {
      this.#settle(outcome);
    } else {
      this.outcome = 0;
      this.#socket.connected(outcome, peer);
    }
    this.#socket.onChange();
  }

  #startUnix(name: UnixName): number {
    if (!this.#socket.isUnix) return this.#settle(-Code.EAFNOSUPPORT);
    const server = this.#socket.host.names.find(name);
    if (server === undefined) {
      return this.#settle("abstract" in name ? -Code.ECONNREFUSED : -Code.ENOENT);
    }
    const { listener } = server;
    if (listener === null) return this.#settle(-Code.ECONNREFUSED);
    if (!listener.full) return this.#meet(server, name);
    this.#awaitRoom(server, listener, name);
    return PENDING;
  }

  /** A full backlog lets nobody in until an accept makes room. */
  #awaitRoom(server: StreamSocket, listener: Listener, name: UnixName): void {
    listener.await((admitted) => {
      if (this.#cancelled) return;
      if (admitted) this.#meet(server, name);
      else this.#settle(-Code.ECONNREFUSED);
      this.#socket.onChange();
    });
  }

  #meet(server: StreamSocket, name: UnixName): number {
    const socket = this.#socket;
    const path = socket.host.pathTo(socket.host);
    const [client, accepted] = End.pair("unix", path, path, socket.bufferSizes, server.bufferSizes);
    this.outcome = 0;
    socket.connected(client, server.place.shown ?? name);
    const peer: Address = socket.place.shown ?? { family: "unix", path: "" };
    server.admit({ end: accepted, local: server.place.shown ?? name, peer }, socket.uid);
    return 0;
  }

  #settle(code: number): number {
    this.outcome = code;
    this.#socket.unconnected(-code);
    // A port that was only taken for this attempt.
    if (this.#gaveLocal) this.#socket.place.release();
    return code;
  }
}
