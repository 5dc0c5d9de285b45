/**
 * Taking connections: one, or all that wait.
 *
 * What is taken many at once may run ahead of whoever asked for one: up to 64 connections wait here
 * then, and those that nobody has taken when the socket closes are closed with it.
 */
import {
  type CancelOptions,
  checkInteger,
  type Detached,
  type HandleRequest,
} from "@pike-io/handle";
import { type Address, type HandleId, Operation } from "@pike-io/notifier";
import { BatchSocket } from "./batches.js";
import type { Socket } from "./socket.js";

/** What `accept` resolves to. */
export interface Accepted {
  readonly socket: Socket;
  readonly address: Address;
}

/** Most connections that are taken at once. */
const ACCEPTS_MAX = 64;

/** Somebody who asked for a connection that has not come. */
interface Waiting {
  readonly resolve: (peer: Socket) => void;
  readonly reject: (error: unknown) => void;
}

/** What only a socket has that is asked for peers. */
class Peers {
  readonly ahead: Socket[] = [];
  readonly waiting: Waiting[] = [];
  asking = false;
}

/** A socket that can listen; between batches of datagrams and `Socket`. */
export abstract class AcceptingSocket extends BatchSocket {
  #peers: Peers | null = null;

  /**
   * Takes one connection. Waits out a shortage of descriptors (EMFILE) instead of failing.
   * accept(2)
   */
  accept(options?: CancelOptions): Promise<Accepted> {
    try {
      const request = this.request(Operation.accept);
      return this.begin(request, (done) => this.acceptedBy(done), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes the connections that wait, up to `limit` (1 to 64) and at least one, with one call. Waits
   * out a shortage of descriptors as `accept` does. PIKE_UNSUPPORTED on a notifier whose contract
   * is older than 1.1.
   */
  acceptMany(limit: number = ACCEPTS_MAX, options?: CancelOptions): Promise<Socket[]> {
    try {
      checkInteger(limit, "limit", 1, ACCEPTS_MAX);
      this.checkOperation("acceptMany", "acceptMany");
      const request = this.request(Operation.acceptMany);
      request.size = limit;
      return this.begin(request, (done) => this.arrivedBy(done), options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Takes connections as the notifier can: many at once, or one. For `Listener`.
   */
  takePeers(): Promise<Socket[]> {
    try {
      return this.has("acceptMany") ? this.acceptMany() : this.accept().then(alone);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * The next connection: one that ran ahead, or the first to come. At most 63 run ahead; those
   * still here when the socket closes are closed. For `Listener`.
   */
  nextPeer(): Promise<Socket> {
    this.#peers ??= new Peers();
    const peers = this.#peers;
    const peer = peers.ahead.shift();
    if (peer !== undefined) return Promise.resolve(peer);
    const promise = new Promise<Socket>((resolve, reject) => {
      peers.waiting.push({ resolve, reject });
    });
    if (!peers.asking) this.ask(peers);
    return promise;
  }

  override close(): Promise<void> {
    const closed = super.close();
    const ahead = this.#peers?.ahead ?? [];
    if (ahead.length === 0) return closed;
    const peers = ahead.splice(0).map((peer) => peer.close());
    return Promise.all([closed, ...peers]).then(nothing);
  }

  override detach(): Promise<Detached> {
    for (const peer of this.#peers?.ahead.splice(0) ?? []) peer.close();
    return super.detach();
  }

  /** A connection as a socket. */
  protected abstract peerOf(accepted: HandleId): Socket;

  private ask(peers: Peers): void {
    peers.asking = true;
    this.takePeers().then(
      (arrived) => this.deliver(peers, arrived),
      (error) => {
        peers.asking = false;
        for (const { reject } of peers.waiting.splice(0)) reject(error);
      },
    );
  }

  private deliver(peers: Peers, arrived: readonly Socket[]): void {
    peers.asking = false;
    for (const peer of arrived) {
      const waiting = peers.waiting.shift();
      if (waiting !== undefined) waiting.resolve(peer);
      else if (this.state === "open") peers.ahead.push(peer);
      else peer.close();
    }
    if (peers.waiting.length > 0) this.ask(peers);
  }

  private acceptedBy(request: HandleRequest): Accepted {
    return { socket: this.peerOf(request.accepted), address: request.address as Address };
  }

  private arrivedBy(request: HandleRequest): Socket[] {
    const peers: Socket[] = [];
    for (const id of request.arrived ?? []) peers.push(this.peerOf(id));
    return peers;
  }
}

const nothing = (): void => undefined;
const alone = (accepted: Accepted): Socket[] => [accepted.socket];
