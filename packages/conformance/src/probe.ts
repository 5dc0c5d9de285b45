/**
 * A request that watches its notifier: it counts its completions and notices one that comes on the
 * submitter's stack.
 */
import assert from "node:assert/strict";
import {
  type Address,
  type Code,
  codeName,
  type HandleId,
  type Loan,
  type Notifier,
  Operation,
  PENDING,
  type Request,
  type SignalInfo,
} from "@pike-io/notifier";

/** What a case fills in; everything else is as for a request that needs nothing. */
export interface Operands {
  readonly buffer?: Uint8Array | readonly Uint8Array[] | null;
  readonly size?: number;
  readonly flags?: number;
  readonly timeoutMs?: number;
  readonly address?: Address | null;
  readonly addresses?: readonly (Address | null)[] | null;
  /** Called when it has completed, with the request itself. */
  readonly onComplete?: (probe: Probe) => void;
}

/** One request of the suites. */
export class Probe implements Request {
  readonly operation: Operation;
  readonly handle: HandleId;
  readonly buffer: Uint8Array | readonly Uint8Array[] | null;
  readonly size: number;
  readonly flags: number;
  readonly timeoutMs: number;
  address: Address | null;
  readonly addresses: readonly (Address | null)[] | null;
  arrived: readonly HandleId[] | null = null;
  loan: Loan | null = null;
  chunk: Uint8Array | null = null;
  accepted: HandleId = -1;
  transferred = 0;
  truncated = false;
  signal: SignalInfo | null = null;
  token = -1;
  /** How often `complete` was called. */
  completions = 0;
  /** Whether `submit` gave the result. */
  atOnce = false;
  /** The result: a count, or a negated code. */
  readonly done: Promise<number>;
  readonly #onComplete: ((probe: Probe) => void) | undefined;
  #resolve: (result: number) => void = () => {};
  #locked = false;
  #early = false;

  constructor(operation: Operation, handle: HandleId, operands: Operands = {}) {
    this.operation = operation;
    this.handle = handle;
    this.buffer = operands.buffer ?? null;
    this.size = operands.size ?? 0;
    this.flags = operands.flags ?? 0;
    this.timeoutMs = operands.timeoutMs ?? -1;
    this.address = operands.address ?? null;
    this.addresses = operands.addresses ?? null;
    this.#onComplete = operands.onComplete;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** Hands it to a notifier, once. */
  submit(notifier: Notifier): this {
    this.#locked = true;
    const result = notifier.submit(this);
    this.#locked = false;
    assert.equal(typeof result, "number", "submit returns a number");
    if (result !== PENDING) {
      this.atOnce = true;
      this.#finish(result);
    }
    return this;
  }

  /** Asks its notifier to end it soon. */
  cancel(notifier: Notifier): this {
    this.#locked = true;
    notifier.cancel(this);
    this.#locked = false;
    return this;
  }

  /** Called by the notifier. */
  complete(result: number): void {
    this.completions++;
    this.#early ||= this.#locked;
    this.#finish(result);
  }

  /** Once, and never on the stack of `submit` or `cancel`. */
  check(): void {
    const name = operationName(this.operation);
    assert.ok(!this.#early, `${name} completed on its submitter's stack`);
    const expected = this.atOnce ? 0 : 1;
    assert.equal(this.completions, expected, `${name}: how often complete() was called`);
  }

  #finish(result: number): void {
    this.#resolve(result);
    this.#onComplete?.(this);
  }
}

/** "ok 12" or a code's name: what a case compares. */
export function outcome(result: number): string {
  return result < 0 ? codeName(-result) : `ok ${result}`;
}

/** Asserts that a request ended with a code. */
export function assertCode(result: number, ...expected: (keyof typeof Code)[]): void {
  const found = outcome(result);
  assert.ok(
    (expected as string[]).includes(found),
    `expected ${expected.join(" or ")}, got ${found}`,
  );
}

/** "read" for Operation.read. */
export function operationName(operation: Operation): string {
  const names = Object.entries(Operation);
  return names.find(([, code]) => code === operation)?.[0] ?? `operation ${operation}`;
}
