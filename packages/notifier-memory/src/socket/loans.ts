/**
 * Received datagrams in memory that is lent, as `recvMany` gives them.
 *
 * A loan's bytes lie one behind the other; datagrams of one length from one sender make a run, as a
 * system that merges them would have it. What one socket received is wiped before another's comes.
 */
import {
  type Address,
  type Loan,
  lastingMemory,
  RUN_CUT,
  RUN_LENGTH,
  RUN_NUMBERS,
  RUN_OFFSET,
  RUN_SEGMENT,
  RUNS_MAX,
} from "@pike-io/notifier";

/** Pages of 65,536 bytes. */
const PAGES = 16;
/** Loans that are kept for the next batch. */
const KEPT_MAX = 4;
/** As Linux merges. */
const SEGMENTS_MAX = 64;

const kept: DatagramLoan[] = [];

/** Memory with the datagrams of one batch. Given back, it serves any socket of this thread. */
export class DatagramLoan implements Loan {
  readonly data: Uint8Array = new Uint8Array(lastingMemory(PAGES));
  readonly runs: Uint32Array = new Uint32Array(RUNS_MAX * RUN_NUMBERS);
  readonly #senders: Address[] = [];
  #owner: object | null = null;
  #used = 0;
  #dirty = 0;
  #datagrams = 0;
  // Of the last run: its datagrams, the length of the first of them, and of the last.
  #inRun = 0;
  #first = 0;
  #last = 0;
  #lent = false;

  /** Empty memory for a socket's batch. */
  static lend(owner: object): DatagramLoan {
    const loan = kept.pop() ?? new DatagramLoan();
    if (loan.#owner !== owner) {
      loan.data.fill(0, 0, loan.#dirty);
      loan.#dirty = 0;
    }
    loan.#owner = owner;
    loan.#used = 0;
    loan.#datagrams = 0;
    loan.#senders.length = 0;
    loan.#lent = true;
    return loan;
  }

  /** How many runs there are. */
  get count(): number {
    return this.#senders.length;
  }

  /** Takes a datagram, of which `size` bytes are wanted. False: there is no room for it. */
  add(bytes: Uint8Array, size: number, from: Address): boolean {
    const length = Math.min(bytes.length, size);
    if (this.#used + length > this.data.length) return false;
    if (!this.#joins(length, from) || length < bytes.length) {
      if (this.count === RUNS_MAX) return false;
      this.#begin(from);
    }
    const run = (this.count - 1) * RUN_NUMBERS;
    this.data.set(bytes.subarray(0, length), this.#used);
    this.runs[run + RUN_LENGTH] = (this.runs[run + RUN_LENGTH] as number) + length;
    if (this.#inRun === 0) this.#first = length;
    else this.runs[run + RUN_SEGMENT] = this.#first;
    this.runs[run + RUN_CUT] = length < bytes.length ? 1 : 0;
    this.#last = length;
    this.#inRun++;
    this.#datagrams++;
    this.#used += length;
    this.#dirty = Math.max(this.#dirty, this.#used);
    return true;
  }

  get datagrams(): number {
    return this.#datagrams;
  }

  address(run: number): Address {
    return this.#senders[run] as Address;
  }

  release(): void {
    if (!this.#lent) return;
    this.#lent = false;
    if (kept.length < KEPT_MAX) kept.push(this);
  }

  #begin(from: Address): void {
    const run = this.count * RUN_NUMBERS;
    this.#senders.push(from);
    this.runs[run + RUN_OFFSET] = this.#used;
    this.runs[run + RUN_LENGTH] = 0;
    this.runs[run + RUN_SEGMENT] = 0;
    this.#inRun = 0;
  }

  /** Whether a datagram goes on with the last run: as long as those in it, or shorter and last. */
  #joins(length: number, from: Address): boolean {
    const { count } = this;
    if (count === 0 || length === 0 || length > this.#first || this.#last !== this.#first) {
      return false;
    }
    if (this.#inRun === SEGMENTS_MAX || this.runs[(count - 1) * RUN_NUMBERS + RUN_CUT] === 1) {
      return false;
    }
    return same(this.#senders[count - 1] as Address, from);
  }
}

function same(one: Address, other: Address): boolean {
  if (!("port" in one && "port" in other)) return false;
  return one.address === other.address && one.port === other.port && one.scope === other.scope;
}
