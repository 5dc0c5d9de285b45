/**
 * Listener: a listening socket that is iterated over, or that serves each peer with a handler.
 *
 * A peer's failure is never the server's: what a handler rejects with goes to `onPeerError`, and
 * the peer is closed.
 */
import diagnostics from "node:diagnostics_channel";
import { describe } from "@pike-io/handle";
import { type Address, PikeError } from "@pike-io/notifier";
import type { Socket } from "./socket.js";

/** Serves one peer; the listener closes the peer when it returns, or its promise settles. */
export type PeerHandler = (peer: Socket) => unknown;

/** How a listener treats its peers. */
export interface ListenerOptions {
  /**
   * Told of each peer's failure in the handler form, a reset included. Default: the failure is
   * counted in `peerErrors` and published on the diagnostics channel "pike-io:peer-error" as {
   * error, peer, listener }.
   */
  readonly onPeerError?: ((error: unknown, peer: Socket) => void) | undefined;
}

const peerErrorChannel = diagnostics.channel("pike-io:peer-error");
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** A listening socket. */
export class Listener implements AsyncIterable<Socket> {
  /** The socket itself, for its options. */
  readonly socket: Socket;
  /** Where it listens, with the port that the system chose. */
  readonly address: Address;
  readonly #onPeerError: ListenerOptions["onPeerError"];
  readonly #handler: PeerHandler | undefined;
  #peerErrors = 0;
  #failure: ((error: unknown) => void) | null = null;
  #finished: Promise<void> | null = null;

  /** Takes over a socket that listens already. Use `listen` for the whole. */
  constructor(socket: Socket, options: ListenerOptions = {}, handler?: PeerHandler) {
    Listener.check(options, handler);
    this.socket = socket;
    this.address = socket.getBindAddress();
    this.#onPeerError = options.onPeerError;
    this.#handler = handler;
    if (handler !== undefined) {
      this.#finished = new Promise((resolve, reject) => {
        this.#failure = (error) => (error === null ? resolve() : reject(error));
      });
      // Whoever awaits `finished` sees a failure; a server that doesn't is not killed by it.
      this.#finished.catch(() => undefined);
      this.#acceptNext();
    }
  }

  /** Throws PIKE_TYPE for options that no listener can use. */
  static check(options: ListenerOptions, handler: unknown): void {
    if (handler !== undefined && typeof handler !== "function") {
      throw PikeError.type(`the handler must be a function, not ${describe(handler)}`);
    }
    const { onPeerError } = options;
    if (onPeerError !== undefined && typeof onPeerError !== "function") {
      throw PikeError.type(`onPeerError must be a function, not ${describe(onPeerError)}`);
    }
  }

  /** How many peers failed in the handler form. */
  get peerErrors(): number {
    return this.#peerErrors;
  }

  /** In the handler form: resolves when the listener was closed, rejects if it could not go on. */
  get finished(): Promise<void> {
    return this.#finished ?? Promise.resolve();
  }

  /** Takes one connection, where there is no handler. */
  accept(): Promise<Socket> {
    if (this.#handler !== undefined) {
      return Promise.reject(
        new PikeError("PIKE_STATE", "accept: the listener's handler takes the connections"),
      );
    }
    return this.socket.nextPeer();
  }

  /** Stops listening. Connections taken already live on; those in the backlog are dropped. */
  close(): Promise<void> {
    return this.socket.close();
  }

  /** Lets the listener keep the runtime's loop alive (the default). */
  ref(): this {
    this.socket.ref();
    return this;
  }

  /** Lets the runtime's loop end in spite of the listener. */
  unref(): this {
    this.socket.unref();
    return this;
  }

  /** Peers until the listener is closed. Leaving the loop leaves the listener open. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Socket> {
    return new PeerIterator(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #acceptNext(): void {
    this.socket.takePeers().then(
      (peers) => {
        this.#acceptNext();
        for (const peer of peers) this.#serve(peer);
      },
      (error) => this.#failure?.(isClosed(error) ? null : error),
    );
  }

  #serve(peer: Socket): void {
    try {
      Promise.resolve((this.#handler as PeerHandler)(peer)).then(
        // Bound, as a closure's context would be one more object for each idle peer.
        closePeer.bind(peer),
        this.#failPeer.bind(this, peer),
      );
    } catch (error) {
      this.#failPeer(peer, error);
    }
  }

  #failPeer(peer: Socket, error: unknown): void {
    this.#peerFailed(error, peer);
    peer.close();
  }

  #peerFailed(error: unknown, peer: Socket): void {
    this.#peerErrors++;
    if (this.#onPeerError !== undefined) {
      try {
        this.#onPeerError(error, peer);
      } catch (thrown) {
        queueMicrotask(() => {
          throw thrown;
        });
      }
    } else if (peerErrorChannel.hasSubscribers) {
      peerErrorChannel.publish({ error, peer, listener: this });
    }
  }
}

/** Ends when the listener is closed. */
class PeerIterator implements AsyncIterableIterator<Socket> {
  readonly #listener: Listener;
  #ended = false;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  next(): Promise<IteratorResult<Socket, undefined>> {
    if (this.#ended) return Promise.resolve(END);
    return this.#listener.accept().then(toStep, endIfClosed);
  }

  return(): Promise<IteratorResult<Socket, undefined>> {
    this.#ended = true;
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function closePeer(this: Socket): void {
  this.close();
}

function isClosed(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === "PIKE_CLOSED";
}

function toStep(value: Socket): IteratorResult<Socket, undefined> {
  return { done: false, value };
}

function endIfClosed(error: unknown): IteratorResult<Socket, undefined> {
  if (isClosed(error)) return END;
  throw error;
}
