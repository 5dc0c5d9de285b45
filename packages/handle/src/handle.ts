/**
 * Handle: one descriptor in a notifier, with any number of operations in flight on it.
 *
 * Readers are served in the order they came, and so are writers. Memory given to an operation stays
 * the caller's until its promise settles. Garbage collection never closes a handle: `close` does.
 */
import {
  ALL,
  contractVersion,
  type Notifier,
  Operation,
  PikeError,
  READABLE,
  type Requirement,
  requireContract,
  WRITABLE,
} from "@pike-io/notifier";
import { type CancelOptions, checkBuffer, checkBuffers, checkInteger } from "./check.js";
import { ChunkIterator } from "./chunks.js";
import { Registered } from "./registered.js";
import type { HandleRequest, Shape } from "./request.js";

/** What `wait` resolves to. */
export interface Readiness {
  readonly readable: boolean;
  readonly writable: boolean;
}

/** The largest chunk, in bytes. */
const CHUNK_BYTES_MAX = 65_536;

const requirement: Requirement = {
  layer: "@pike-io/handle",
  version: "0.1.0",
  ...contractVersion,
  operations: ["adopt", "read", "write", "wait", "close", "detach"],
};

/** A descriptor: a pipe, a terminal, a device, a timerfd, … and the base of every socket. */
export class Handle extends Registered {
  /**
   * Takes an open descriptor into a notifier. It is set non-blocking until `close` or `detach`,
   * sockets excepted. A refused descriptor is left untouched: EBADF, PIKE_IN_USE, PIKE_UNSUPPORTED
   * (regular files, epoll and io_uring descriptors). Adopting a descriptor that somebody else goes
   * on using is the caller's risk.
   */
  static adopt(notifier: Notifier, fd: number): Handle {
    requireContract(notifier, requirement);
    checkInteger(fd, "fd", 0, 0x7fff_ffff);
    const handle = new Handle();
    handle.register(notifier, notifier.adopt(fd));
    return handle;
  }

  /**
   * Receives into `buffer` (1 byte or more) and resolves to the count; 0 is the end of the stream.
   * read(2), recv(2)
   */
  read(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    try {
      checkBuffer(buffer);
      if (buffer.byteLength === 0) {
        throw PikeError.range(
          "buffer must have room for a byte: 0 would read as the end of the stream",
        );
      }
      const request = this.request(Operation.read);
      request.buffer = buffer;
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Receives into several buffers in order and resolves to the count. readv(2) */
  readv(buffers: readonly Uint8Array[], options?: CancelOptions): Promise<number> {
    try {
      checkBuffers(buffers);
      if (buffers.every((buffer) => buffer.byteLength === 0)) {
        throw PikeError.range(
          "buffers must have room for a byte: 0 would read as the end of the stream",
        );
      }
      const request = this.request(Operation.read);
      request.buffer = buffers.slice();
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Receives at most `size` bytes (1 to 65,536) that are the caller's own; null at the end of the
   * stream.
   */
  readChunk(size: number = CHUNK_BYTES_MAX, options?: CancelOptions): Promise<Uint8Array | null> {
    try {
      checkInteger(size, "size", 1, CHUNK_BYTES_MAX);
      return this.nextChunk(size, chunkOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Sends from `buffer` and resolves to the count sent, which may be less than its length.
   * write(2), send(2)
   */
  write(buffer: Uint8Array, options?: CancelOptions): Promise<number> {
    return this.writeFrom(buffer, 0, resultOf, options);
  }

  /**
   * Sends all of `buffer`; no other writer's bytes come in between. A failure carries
   * `transferred`.
   */
  writeAll(buffer: Uint8Array, options?: CancelOptions): Promise<void> {
    return this.writeFrom(buffer, ALL, nothing, options);
  }

  /** Sends all of several buffers in order and resolves to the count of bytes. writev(2) */
  writev(buffers: readonly Uint8Array[], options?: CancelOptions): Promise<number> {
    try {
      checkBuffers(buffers);
      const request = this.request(Operation.write);
      request.buffer = buffers.slice();
      request.flags = ALL;
      return this.begin(request, resultOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Waits until a read ("read"), a write ("write") or either ("both") would not block; moves
   * nothing.
   */
  wait(direction: "read" | "write" | "both", options?: CancelOptions): Promise<Readiness> {
    try {
      const request = this.request(Operation.wait);
      if (direction === "read") request.flags = READABLE;
      else if (direction === "write") request.flags = WRITABLE;
      else if (direction === "both") request.flags = READABLE | WRITABLE;
      else throw PikeError.type('direction must be "read", "write" or "both"');
      return this.begin(request, readinessOf, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Chunks until the end of the stream, each of at most `size` bytes (1 to 65,536). */
  chunks(size: number = CHUNK_BYTES_MAX): AsyncIterableIterator<Uint8Array> {
    checkInteger(size, "size", 1, CHUNK_BYTES_MAX);
    return new ChunkIterator(this, size);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    return new ChunkIterator(this, CHUNK_BYTES_MAX);
  }

  /**
   * One chunk read, shaped as the caller wants it; with the caller's own request where there is
   * one. For layers and iterators.
   */
  nextChunk<Value>(
    size: number,
    shape: Shape<Value>,
    options?: CancelOptions,
    own: HandleRequest | null = null,
  ): Promise<Value> {
    try {
      const request = own === null ? this.request(Operation.read) : this.renew(own);
      request.size = size;
      return this.begin(request, shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Not `#`: a private method would cost each handle a field. */
  private writeFrom<Value>(
    buffer: Uint8Array,
    flags: number,
    shape: Shape<Value>,
    options: CancelOptions | undefined,
  ): Promise<Value> {
    try {
      checkBuffer(buffer);
      const request = this.request(Operation.write);
      request.buffer = buffer;
      request.flags = flags;
      return this.begin(request, shape, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }
}

const resultOf: Shape<number> = (_request, result) => result;
const chunkOf: Shape<Uint8Array | null> = (request) => request.chunk;
const nothing: Shape<void> = () => undefined;
const readinessOf: Shape<Readiness> = (_request, result) => ({
  readable: (result & READABLE) !== 0,
  writable: (result & WRITABLE) !== 0,
});
