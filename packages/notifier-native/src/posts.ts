/**
 * Posts: requests left in shared memory for native code to take when the batch that is being
 * delivered is over, instead of a call each. Reads that would find nothing wait there to be parked;
 * small writes are answered at once and sent together.
 *
 * What may be posted is native code's word: for the whole notifier in the detail array, for each
 * handle at its gate. See native/src/layout.h.
 */
import {
  CHUNK_BYTES_MAX,
  DETAIL_POST_BYTES,
  DETAIL_POSTING,
  DETAIL_POSTS,
  DETAIL_TAKES,
  POST_NUMBERS,
  POSTED_WRITE_MAX,
  POSTS_MAX,
  SLAB_BYTES,
  SLAB_POSTS,
  SLOT_BITS,
} from "./layout.js";

const SLOTS = 2 ** SLOT_BITS;
const SLOT_MASK = SLOTS - 1;
/** Generations are cut to so many bits at a gate. */
const GENERATION_MASK = 0x3fff_ffff;
const READS = 1;
const WRITES = 2;
/** Writes of a handle that streams. */
const STREAMS = 4;

/** The posts of one notifier. */
export class Posts {
  readonly numbers: Float64Array = new Float64Array(POSTS_MAX * POST_NUMBERS);
  readonly gates: Uint32Array;
  readonly #slab: Uint8Array;
  readonly #detail: Float64Array;
  /** Results that a handle may give at once in a turn. */
  readonly #immediate: number;
  /** The handle of which a write has completed in this batch: it streams. */
  #writer = -1;
  /** The handle that the last posted write was of, how many more it may post, and in which take. */
  #run = -1;
  #runLeft = 0;
  #runTake = -1;

  constructor(
    slab: Uint8Array,
    detail: Float64Array,
    limits: { readonly handles: number; readonly immediate: number },
  ) {
    const { handles, immediate } = limits;
    this.#slab = slab;
    this.#detail = detail;
    this.#immediate = immediate;
    this.gates = new Uint32Array(Math.min(handles, SLOTS));
  }

  /** Whether native code has something to take. */
  get waiting(): boolean {
    return this.#detail[DETAIL_POSTS] !== 0;
  }

  /** A batch begins. */
  begin(): void {
    this.#writer = -1;
  }

  /** A write of this handle has completed in this batch. */
  completed(handle: number): void {
    this.#writer = handle;
  }

  /** Posts a read, to be parked. False: it has to be submitted. */
  read(what: number, id: number, handle: number, size: number, timeoutMs: number): boolean {
    if (timeoutMs < -1 || timeoutMs !== (timeoutMs | 0)) return false;
    if (((this.#detail[DETAIL_POSTING] as number) & READS) === 0) return false;
    if (!this.#pass(handle, READS)) return false;
    return this.#post(what, id, handle, size, timeoutMs);
  }

  /**
   * Posts a write of few bytes, which is as good as sent. False: it has to be submitted. The writes
   * of one handle that follow each other become one.
   */
  write(what: number, handle: number, buffer: Uint8Array, timeoutMs: number): boolean {
    const size = buffer.byteLength;
    if (size === 0 || size > POSTED_WRITE_MAX || timeoutMs !== -1) return false;
    const used = this.#detail[DETAIL_POST_BYTES] as number;
    const at = SLAB_POSTS + used;
    if (at + size > SLAB_BYTES || !this.#mayWrite(handle)) return false;
    if (!this.#post(what, 0, handle, size, -1)) return false;
    this.#slab.set(buffer, at);
    this.#detail[DETAIL_POST_BYTES] = used + size;
    return true;
  }

  #mayWrite(handle: number): boolean {
    const take = this.#detail[DETAIL_TAKES] as number;
    if (this.#run === handle && this.#runTake === take) return this.#runLeft-- > 0;
    const kind = this.#writer === handle ? STREAMS : WRITES;
    if (((this.#detail[DETAIL_POSTING] as number) & kind) === 0) return false;
    if (!this.#pass(handle, WRITES)) return false;
    this.#run = handle;
    this.#runLeft = this.#immediate - 1;
    this.#runTake = take;
    return true;
  }

  /** Goes through a handle's gate, and shuts it: it is opened anew when the post was taken. */
  #pass(handle: number, kind: number): boolean {
    const slot = (handle >>> 0) & SLOT_MASK;
    const gate = this.gates[slot] as number;
    const generation = (handle - slot) / SLOTS;
    if (gate >>> 2 !== (generation & GENERATION_MASK) || (gate & kind) === 0) return false;
    this.gates[slot] = gate & ~kind;
    return true;
  }

  #post(what: number, id: number, handle: number, size: number, timeoutMs: number): boolean {
    const count = this.#detail[DETAIL_POSTS] as number;
    if (count === POSTS_MAX) return false;
    const numbers = this.numbers;
    const at = count * POST_NUMBERS;
    numbers[at] = what;
    numbers[at + 1] = id;
    numbers[at + 2] = handle;
    numbers[at + 3] = size;
    numbers[at + 4] = timeoutMs;
    this.#detail[DETAIL_POSTS] = count + 1;
    return true;
  }
}

/** Whether native code takes this as the size of a chunk. */
export function isChunkSize(size: number): boolean {
  return size > 0 && size <= CHUNK_BYTES_MAX && size === (size | 0);
}
