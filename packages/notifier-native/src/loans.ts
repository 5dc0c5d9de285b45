/**
 * The memory of batches of datagrams: native code fills a spare one, and it is lent to whoever
 * asked.
 *
 * A block is lent out of here and forgotten until it is given back; one that never is, is the
 * garbage collector's. Native code takes spares in order and at most all of them; each that it took
 * is replaced before it is called again. So what waits for datagrams holds nothing, and a notifier
 * that ever received a batch keeps one block, or a few where several handles receive in one turn.
 */
import { type Address, type Loan, lastingMemory, RUN_NUMBERS, RUNS_MAX } from "@pike-io/notifier";
import {
  ADDRESS_BYTES,
  LOAN_ADDRESSES_AT,
  LOAN_DATAGRAMS,
  LOAN_PAGES,
  LOAN_RUNS_AT,
  LOAN_TABLE_BYTES,
} from "./layout.js";
import { Wire } from "./wire.js";

/** Most spare blocks: so many handles receive batches in one turn, the others in the next. */
const SPARES_MAX = 16;
/** Most blocks that are kept beside the spares. */
const KEPT_MAX = 4;

/** What native code takes for no memory. */
const NONE = new Uint8Array(0);

/** The loans of one notifier. */
export class Loans {
  /** Bytes and table of each spare block, by turns; native code reads this. */
  readonly spares: Uint8Array[] = [];
  readonly #blocks: (Block | null)[] = [];
  readonly #kept: Block[] = [];

  /** Makes sure that there is a spare block. False: the system has no memory for one. */
  provide(): boolean {
    if ((this.#blocks[0] ?? null) === null) this.#put(0, this.#take());
    return this.#blocks[0] !== null;
  }

  /** One spare block more, unless there are enough. */
  grow(): void {
    const hole = this.#blocks.indexOf(null);
    const index = hole < 0 ? this.#blocks.length : hole;
    if (index < SPARES_MAX) this.#put(index, this.#take());
  }

  /** Lends the block that native code filled. */
  lend(index: number): Loan {
    const block = this.#blocks[index] as Block;
    this.#put(index, this.#take());
    block.lent = true;
    return block;
  }

  /**
   * Takes a block back. It is the next to be filled: its memory is the most likely to be cached.
   */
  giveBack(block: Block): void {
    const first = this.#blocks[0] ?? null;
    this.#put(0, block);
    if (first !== null && this.#kept.length < KEPT_MAX) this.#kept.push(first);
  }

  #put(index: number, block: Block | null): void {
    this.#blocks[index] = block;
    this.spares[2 * index] = block?.data ?? NONE;
    this.spares[2 * index + 1] = block?.table ?? NONE;
  }

  #take(): Block | null {
    const kept = this.#kept.pop();
    if (kept !== undefined) return kept;
    try {
      return new Block(this);
    } catch {
      return null;
    }
  }
}

/** One piece of memory with its table. */
class Block implements Loan {
  readonly data: Uint8Array = new Uint8Array(lastingMemory(LOAN_PAGES));
  readonly table: Uint8Array = new Uint8Array(LOAN_TABLE_BYTES);
  readonly runs: Uint32Array = new Uint32Array(
    this.table.buffer,
    LOAN_RUNS_AT,
    RUNS_MAX * RUN_NUMBERS,
  );
  lent = false;
  readonly #header = new Uint32Array(this.table.buffer, 0, LOAN_RUNS_AT / 4);
  readonly #wire = new Wire(this.table);
  readonly #loans: Loans;

  constructor(loans: Loans) {
    this.#loans = loans;
  }

  get datagrams(): number {
    return this.#header[LOAN_DATAGRAMS] as number;
  }

  address(run: number): Address {
    return this.#wire.read(LOAN_ADDRESSES_AT + run * ADDRESS_BYTES);
  }

  release(): void {
    if (!this.lent) return;
    this.lent = false;
    this.#loans.giveBack(this);
  }
}
