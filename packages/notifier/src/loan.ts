/**
 * A loan: received datagrams in memory of the notifier's own.
 *
 * The notifier makes the memory and lends it when something has come, so that who only waits holds
 * none. Its buffer cannot be detached (it is a WebAssembly.Memory's). Given back, it is lent again;
 * what was never given back is left to the garbage collector.
 */
import type { Address } from "./address.js";

/** Numbers of a run. */
export const RUN_NUMBERS = 4;
/** Most runs of a loan. */
export const RUNS_MAX = 256;
/** Of a run: where its bytes begin in `data`. */
export const RUN_OFFSET = 0;
/** Of a run: how many bytes it has. */
export const RUN_LENGTH = 1;
/**
 * Of a run: 0 when it is one datagram; else the length of each of its datagrams, of which the last
 * may be shorter. See UDP_GRO in udp(7).
 */
export const RUN_SEGMENT = 2;
/** Of a run: 1 when its last datagram was cut, 0 when not. */
export const RUN_CUT = 3;

/**
 * What `recvMany` gives: runs, each of one datagram or of several of one length from one sender,
 * one behind the other. Bytes of `data` outside the runs are 0, or what this handle received
 * before.
 */
export interface Loan {
  /** The memory. */
  readonly data: Uint8Array;
  /** Runs of `RUN_NUMBERS` numbers each; those beyond the request's result mean nothing. */
  readonly runs: Uint32Array;
  /** How many datagrams there are in all runs. */
  readonly datagrams: number;
  /** The sender of a run, made when asked for. Not after the memory was given back. */
  address(run: number): Address;
  /** Gives the memory back. A second call does nothing. */
  release(): void;
}
