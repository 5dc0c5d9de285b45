/**
 * The timeline: what the network will do, in order of time, and what time it is.
 *
 * This is the kernel's side of the network: packets that arrive, deadlines that pass. Nothing on it
 * runs user code; what it finds for a program is handed to that program's notifier, which delivers
 * in a turn of its own.
 */

/** One thing that will happen, until it has run or was cancelled. */
export interface Due {
  /** When, in milliseconds since the network was made. */
  readonly at: number;
  /** Things due at one instant happen in the order in which they were scheduled. */
  readonly order: number;
  run: (() => void) | null;
}

/** Time, and a heap of what is due. */
export class Timeline {
  /** Called after each `schedule`. */
  onSchedule: () => void = () => {};
  #now = 0;
  #heap: Due[] = [];
  #orders = 0;
  #cancelled = 0;

  /** Milliseconds since the network was made. */
  get now(): number {
    return this.#now;
  }

  /** Arranges that `run` is called `delayMs` from now: at once never, soonest in the next pass. */
  schedule(delayMs: number, run: () => void): Due {
    const due: Due = { at: this.#now + delayMs, order: this.#orders++, run };
    this.#heap.push(due);
    rise(this.#heap, this.#heap.length - 1);
    this.onSchedule();
    return due;
  }

  /** Takes something back. What already ran or was cancelled is left alone. */
  cancel(due: Due): void {
    if (due.run === null) return;
    due.run = null;
    this.#cancelled++;
    if (this.#cancelled > 64 && this.#cancelled * 2 > this.#heap.length) this.#compact();
  }

  /** When the next thing is due; undefined when nothing is. */
  get next(): number | undefined {
    return this.#peek()?.at;
  }

  /** Whether something is due at this instant. */
  get isDue(): boolean {
    const next = this.next;
    return next !== undefined && next <= this.#now;
  }

  /** Runs everything due now, including what that makes due now. False when there was nothing. */
  runDue(): boolean {
    let ran = false;
    for (let due = this.#peek(); due !== undefined && due.at <= this.#now; due = this.#peek()) {
      this.#pop();
      const run = due.run;
      due.run = null;
      run?.();
      ran = true;
    }
    return ran;
  }

  /** Moves time to the next thing due, if that is not after `limit`. */
  jump(limit: number): boolean {
    const next = this.next;
    if (next === undefined || next > limit) return false;
    this.#now = Math.max(this.#now, next);
    return true;
  }

  /** Moves time to `at`, before which nothing may be due. */
  moveTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #peek(): Due | undefined {
    let top = this.#heap[0];
    while (top !== undefined && top.run === null) {
      this.#pop();
      this.#cancelled--;
      top = this.#heap[0];
    }
    return top;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    this.#heap[0] = last;
    sink(this.#heap, 0);
  }

  #compact(): void {
    // A sorted array is a heap.
    this.#heap = this.#heap
      .filter((due) => due.run !== null)
      .sort((a, b) => (before(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function rise(heap: Due[], from: number): void {
  const due = heap[from] as Due;
  let index = from;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!before(due, heap[parent] as Due)) break;
    heap[index] = heap[parent] as Due;
    index = parent;
  }
  heap[index] = due;
}

function sink(heap: Due[], from: number): void {
  const due = heap[from] as Due;
  let index = from;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    const right = heap[child + 1];
    if (right !== undefined && before(right, heap[child] as Due)) child++;
    if (!before(heap[child] as Due, due)) break;
    heap[index] = heap[child] as Due;
    index = child;
  }
  heap[index] = due;
}
