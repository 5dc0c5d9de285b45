/** A request that a test submits itself, and that counts its completions. */
import {
  type Address,
  codeName,
  type HandleId,
  type Notifier,
  Operation,
  PENDING,
  type Request,
  type SignalInfo,
} from "@pike-io/notifier";

/** Every request that was made since the last look. */
export const asked: Ask[] = [];

/** What a test fills in. */
export interface Operands {
  readonly buffer?: Uint8Array | readonly Uint8Array[] | null;
  readonly size?: number;
  readonly flags?: number;
  readonly timeoutMs?: number;
  readonly address?: Address | null;
  readonly onComplete?: (result: string) => void;
}

/** One submitted request. */
export class Ask implements Request {
  readonly operation: Operation;
  readonly handle: HandleId;
  readonly buffer: Uint8Array | readonly Uint8Array[] | null;
  readonly size: number;
  readonly flags: number;
  readonly timeoutMs: number;
  address: Address | null;
  chunk: Uint8Array | null = null;
  accepted: HandleId = -1;
  transferred = -1;
  truncated = true;
  signal: SignalInfo | null = null;
  token = -1;
  /** "ok 5", or a code's name; "pending" until then. */
  result = "pending";
  /** Calls of `complete`. */
  completions = 0;
  /** The test dispatches, and means not to run its task. */
  dropped = false;
  /** Whether `submit` gave the result. */
  readonly atOnce: boolean;
  /** Resolves to `result`. */
  readonly done: Promise<string>;
  readonly #onComplete: ((result: string) => void) | undefined;
  #resolve: (result: string) => void = () => {};

  constructor(
    notifier: Notifier,
    operation: keyof typeof Operation,
    handle: HandleId,
    operands: Operands = {},
  ) {
    this.operation = Operation[operation];
    this.handle = handle;
    this.buffer = operands.buffer ?? null;
    this.size = operands.size ?? 0;
    this.flags = operands.flags ?? 0;
    this.timeoutMs = operands.timeoutMs ?? -1;
    this.address = operands.address ?? null;
    this.#onComplete = operands.onComplete;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    asked.push(this);
    const result = notifier.submit(this);
    this.atOnce = result !== PENDING;
    if (this.atOnce) this.#finish(result);
  }

  complete(result: number): void {
    this.completions++;
    this.#finish(result);
  }

  #finish(result: number): void {
    this.result = outcome(result);
    this.#onComplete?.(this.result);
    this.#resolve(this.result);
  }
}

/** "ok 5" or "ECONNRESET". */
export function outcome(result: number): string {
  return result < 0 ? codeName(-result) : `ok ${result}`;
}
