/**
 * Opening a TCP connection, from the client's side: SYN, its retries, and what may come back.
 *
 * A SYN that is lost, or that finds the backlog full, is sent again after 1 s, 2 s, 4 s … and given
 * up after 127 s with ETIMEDOUT, as Linux does with tcp_syn_retries = 6. See tcp(7).
 */
import { Code, type IpAddress } from "@pike-io/notifier";
import type { Host } from "../host/host.js";
import type { Due } from "../timeline.js";
import { type BufferSizes, End } from "../wire/end.js";
import { Path } from "../wire/path.js";
import { type Endpoint, shownTo } from "./endpoint.js";
import type { StreamSocket } from "./stream.js";

const FIRST_RETRY_MS = 1_000;
const RETRIES = 6;

/** Who connects where. */
export interface HandshakeParties {
  readonly host: Host;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly sizes: BufferSizes;
}

/** One attempt to connect. */
export class Handshake {
  readonly #parties: HandshakeParties;
  /** Gets the client's end, or a negated code; once. */
  readonly #done: (outcome: End | number) => void;
  #retry: Due | null = null;
  /** The client's end, once the server has one. */
  #end: End | null = null;
  #over = false;

  constructor(parties: HandshakeParties, done: (outcome: End | number) => void) {
    this.#parties = parties;
    this.#done = done;
    this.#send(0);
  }

  /** The client's socket was closed: a connection that comes of it all the same is reset. */
  cancel(): void {
    if (this.#over) return;
    this.#stop();
    this.#end?.close(true);
  }

  #send(tries: number): void {
    const { host, to } = this.#parties;
    const { timeline } = host.medium;
    const target = host.locate(to.text);
    const path = target === undefined ? nowhere(host) : host.pathTo(target);
    if (path.cut === "EHOSTUNREACH" && this.#end === null) {
      timeline.schedule(path.latency(), () => this.#finish(-Code.EHOSTUNREACH));
      return;
    }
    if (target !== undefined && this.#end === null && !path.isLost()) {
      timeline.schedule(path.latency(), () => this.#arrive(target));
    }
    this.#retry = timeline.schedule(FIRST_RETRY_MS * 2 ** tries, () => {
      if (tries < RETRIES) this.#send(tries + 1);
      else this.#finish(-Code.ETIMEDOUT);
    });
  }

  /** The SYN has reached the server's host. */
  #arrive(target: Host): void {
    const { host, from, to } = this.#parties;
    if (this.#over || this.#end !== null) return;
    const back = target.pathTo(host);
    const server = target.tcp.find(to, from, (socket) => (socket.listening ? 1 : 0));
    if (server === undefined) {
      if (back.isLost()) return;
      host.medium.timeline.schedule(back.latency(), () => this.#finish(-Code.ECONNREFUSED));
      return;
    }
    if (server.backlogFull) return;
    this.#establish(server, target, back);
  }

  #establish(server: StreamSocket, target: Host, back: Path): void {
    const { host, from, to, sizes } = this.#parties;
    const [client, accepted] = End.pair(
      "tcp",
      host.pathTo(target),
      back,
      sizes,
      server.bufferSizes,
    );
    this.#end = client;
    client.onChange = () => {
      if (client.dead) this.#finish(-client.failure);
    };
    enlist(host, client, target);
    enlist(target, accepted, host);
    const family = server.options.family as IpAddress["family"];
    const arrival = { end: accepted, local: shownTo(family, to), peer: shownTo(family, from) };
    accepted.announce(() => this.#finish(client));
    server.admit(arrival);
  }

  #finish(outcome: End | number): void {
    if (this.#over) return;
    this.#stop();
    // Given up before the answer came: a server that thinks otherwise learns of it.
    if (typeof outcome === "number") this.#end?.close(true);
    this.#done(outcome);
  }

  #stop(): void {
    this.#over = true;
    if (this.#retry !== null) this.#parties.host.medium.timeline.cancel(this.#retry);
  }
}

/** Lets the network find an end as long as it lives. */
function enlist(host: Host, end: End, peer: Host): void {
  host.connections.set(end, peer);
  end.onEnd = () => host.connections.delete(end);
}

/** The way to an address that no host has. */
function nowhere(host: Host): Path {
  const path = new Path(host.medium, false);
  path.cut = host.medium.settings.unreachable;
  return path;
}
