/**
 * The layout of the memory that this package shares with its binary; native/src/layout.h is the
 * other half. Both are compared as text when the binary is loaded.
 */
import { Code, Operation, RUN_NUMBERS, RUNS_MAX } from "@pike-io/notifier";

/** Bytes of one address on the wire. */
export const ADDRESS_BYTES = 120;
/** Where in the slab an address goes in. */
export const SLAB_ADDRESS_IN = 0;
/** Where in the slab an address comes out of a call that answers at once. */
export const SLAB_ADDRESS_OUT = 128;
/** Where in the slab bytes of a call that answers at once are. */
export const SLAB_IMMEDIATE = 256;
/** Bytes of the largest chunk. */
export const CHUNK_BYTES_MAX = 65_536;
const SLAB_BATCH = SLAB_IMMEDIATE + CHUNK_BYTES_MAX;
/** Where in the slab the bytes of posted writes begin. */
export const SLAB_POSTS = 393_216;
/** Bytes of the slab. */
export const SLAB_BYTES = 458_752;
/** Most completions of a batch. */
export const ROWS_MAX = 1_024;
/** Numbers of a row: request, result, extra, offset. */
export const ROW_NUMBERS = 4;
/** Numbers of the detail array. */
export const DETAIL_NUMBERS = 12;
/** Where in the detail array: what may be posted now. */
export const DETAIL_POSTING = 8;
/** How many posts native code has to take. */
export const DETAIL_POSTS = 9;
/** How many bytes of posted writes stand in the slab. */
export const DETAIL_POST_BYTES = 10;
/** How often native code has taken posts. */
export const DETAIL_TAKES = 11;
/** Most posts at a time. */
export const POSTS_MAX = 1_024;
/** Numbers of a post: operation and flags, request, handle, size, deadline. */
export const POST_NUMBERS = 5;
/** The largest write that is posted, in bytes. */
export const POSTED_WRITE_MAX = 2_048;
/** Numbers of the counters array. */
export const COUNTER_NUMBERS = 14;
/** Which counter says that memory for batches of datagrams was missing. */
export const COUNTER_SPARES_WANTED = 13;
/** Which number of a loan's table counts its datagrams. */
export const LOAN_DATAGRAMS = 3;
/** Where in a loan's table its runs are; see native/src/layout.h. */
export const LOAN_RUNS_AT: number = 4 * 4;
/** Where in a loan's table the addresses of its runs are. */
export const LOAN_ADDRESSES_AT: number = LOAN_RUNS_AT + RUNS_MAX * (RUN_NUMBERS + 1) * 4;
/** Bytes of a loan's table. */
export const LOAN_TABLE_BYTES: number = LOAN_ADDRESSES_AT + RUNS_MAX * ADDRESS_BYTES;
/** Pages of a loan's memory, 65,536 bytes each; only what was written to costs memory. */
export const LOAN_PAGES = 257;
/** Bits of a handle's id that are its slot. */
export const SLOT_BITS = 20;
const LAYOUT_VERSION = 5;

/** What a binary that fits says of itself. */
export const layoutText: string = `${[
  ADDRESS_BYTES,
  SLAB_ADDRESS_IN,
  SLAB_ADDRESS_OUT,
  SLAB_IMMEDIATE,
  CHUNK_BYTES_MAX,
  SLAB_BATCH,
  SLAB_BYTES,
  ROWS_MAX,
  ROW_NUMBERS,
  DETAIL_NUMBERS,
  COUNTER_NUMBERS,
  SLOT_BITS,
  SLAB_POSTS,
  POSTS_MAX,
  POST_NUMBERS,
  POSTED_WRITE_MAX,
  LOAN_TABLE_BYTES,
  LOAN_PAGES * 65_536,
  Operation.acceptMany,
  Code.PIKE_STALE,
].join(",")},${LAYOUT_VERSION}`;

/** An id as the engine keeps small integers: in place, where a double would be an object. */
export function whole(id: number): number {
  const small = id | 0;
  return small === id ? small : id;
}
