/**
 * A batch: datagrams that were received together, in memory that is lent.
 *
 * Nothing is made for a datagram unless it is asked for: not a view, not an address. The system may
 * have merged datagrams of one length from one sender (UDP GRO); here each is one again.
 */
import { describe } from "@pike-io/handle";
import {
  type Address,
  type Loan,
  PikeError,
  RUN_CUT,
  RUN_LENGTH,
  RUN_NUMBERS,
  RUN_OFFSET,
  RUN_SEGMENT,
} from "@pike-io/notifier";

/**
 * Received datagrams, in the order in which they came. Valid until the next `next()` or `return()`
 * of the iterator that gave it: after that `count` is 0, its functions throw PIKE_STATE, and `data`
 * is overwritten by later datagrams (it is never unmapped, so a view kept is wrong, not dangerous).
 */
export class Batch {
  /** The memory that the datagrams lie in. Its buffer cannot be detached or resized. */
  readonly data: Uint8Array;
  readonly #size: number;
  #loan: Loan | null;
  #runs: Uint32Array;
  #count: number;
  // The run that was asked for last: its place in the table, its datagrams, its bytes.
  #at = 0;
  #first = 0;
  #end = 0;
  #offset = 0;
  #length = 0;
  #segment = 0;

  /** Not for programs: `Socket.batches()` makes them. */
  constructor(loan: Loan, size: number) {
    this.data = loan.data;
    this.#loan = loan;
    this.#runs = loan.runs;
    this.#size = size;
    this.#count = loan.datagrams;
    this.#enter(0, 0);
  }

  /** How many datagrams; 0 when the batch is no longer lent. */
  get count(): number {
    return this.#count;
  }

  /** Where in `data` a datagram begins. `index` from 0 to `count` − 1; PIKE_RANGE, PIKE_STATE. */
  offset(index: number): number {
    if (!this.#holds(index)) this.#seek(index);
    return this.#offset + (index - this.#first) * this.#segment;
  }

  /** How many bytes of a datagram are there; 0 is an empty datagram. */
  length(index: number): number {
    if (!this.#holds(index)) this.#seek(index);
    return Math.min(this.#lengthOf(index), this.#size);
  }

  /** Whether a datagram was longer than what is there of it, and the rest is gone. */
  truncated(index: number): boolean {
    if (!this.#holds(index)) this.#seek(index);
    if (this.#lengthOf(index) > this.#size) return true;
    return index === this.#end - 1 && this.#runs[this.#at + RUN_CUT] === 1;
  }

  /** A view of a datagram's bytes in `data`; as lent as the batch is. */
  bytes(index: number): Uint8Array {
    const offset = this.offset(index);
    return this.data.subarray(offset, offset + this.length(index));
  }

  /** The sender of a datagram: an object of the caller's own. */
  address(index: number): Address {
    if (!this.#holds(index)) this.#seek(index);
    return (this.#loan as Loan).address(this.#at / RUN_NUMBERS);
  }

  /** Ends the loan. For the iterator. */
  end(): void {
    this.#loan?.release();
    this.#loan = null;
    this.#count = this.#first = this.#end = 0;
  }

  /** Whether the run that was asked for last has it: a whole number in its range. */
  #holds(index: number): boolean {
    return (
      typeof index === "number" &&
      index >>> 0 === index &&
      index >= this.#first &&
      index < this.#end
    );
  }

  #lengthOf(index: number): number {
    const rest = this.#length - (index - this.#first) * this.#segment;
    return this.#segment > 0 && rest > this.#segment ? this.#segment : rest;
  }

  #countOf(at: number): number {
    const segment = this.#runs[at + RUN_SEGMENT] as number;
    return segment === 0 ? 1 : Math.ceil((this.#runs[at + RUN_LENGTH] as number) / segment);
  }

  /** Goes to the run of a datagram: mostly the next. */
  #seek(index: number): void {
    if (typeof index !== "number") {
      throw PikeError.type(`index must be a number, not ${describe(index)}`);
    }
    if (this.#loan === null) {
      throw new PikeError("PIKE_STATE", "the batch was lent until the iterator's next step");
    }
    if (!(index >= 0 && index < this.#count) || !Number.isInteger(index)) {
      throw PikeError.range(`index must be from 0 to ${this.#count - 1}, not ${index}`);
    }
    if (index < this.#first) this.#enter(0, 0);
    while (index >= this.#end) this.#enter(this.#at + RUN_NUMBERS, this.#end);
  }

  #enter(at: number, first: number): void {
    const runs = this.#runs;
    this.#at = at;
    this.#first = first;
    this.#end = first + this.#countOf(at);
    this.#offset = runs[at + RUN_OFFSET] as number;
    this.#length = runs[at + RUN_LENGTH] as number;
    this.#segment = runs[at + RUN_SEGMENT] as number;
  }
}
