/**
 * Checks of arguments. Each throws before anything has happened; callers that return promises turn
 * it into a rejection.
 */
import { PikeError } from "@pike-io/notifier";

/** How one operation can be given up; the handle lives on. */
export interface CancelOptions {
  /** Rejects with an AbortError (code PIKE_ABORTED) whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Rejects with PIKE_TIMEOUT after so many milliseconds, 0 to 2^31 − 1; parts round up. */
  readonly timeoutMs?: number | undefined;
}

const TIMEOUT_MS_MAX = 0x7fff_ffff;

/** A typed array of bytes that can be read or written. Node's Buffer is one. */
export function checkBuffer(buffer: unknown, what = "buffer"): asserts buffer is Uint8Array {
  if (!ArrayBuffer.isView(buffer) || (buffer as Uint8Array).BYTES_PER_ELEMENT !== 1) {
    throw PikeError.type(`${what} must be a Uint8Array, not ${describe(buffer)}`);
  }
}

/** One or more typed arrays, at least one byte in all. */
export function checkBuffers(buffers: unknown): asserts buffers is readonly Uint8Array[] {
  if (!Array.isArray(buffers)) {
    throw PikeError.type(`buffers must be an array of Uint8Array, not ${describe(buffers)}`);
  }
  if (buffers.length === 0) throw PikeError.range("buffers must not be empty");
  for (let i = 0; i < buffers.length; i++) checkBuffer(buffers[i], `buffers[${i}]`);
}

/** A whole number within a range. */
export function checkInteger(
  value: unknown,
  what: string,
  least: number,
  largest: number,
): asserts value is number {
  if (typeof value !== "number") {
    throw PikeError.type(`${what} must be a number, not ${describe(value)}`);
  }
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw PikeError.range(
      `${what} must be a whole number from ${least} to ${largest}, not ${value}`,
    );
  }
}

/** The milliseconds in an operation's options, −1 for none. */
export function timeoutOf(options: CancelOptions | undefined): number {
  if (options === undefined) return -1;
  if (typeof options !== "object" || options === null) {
    throw PikeError.type(`options must be an object, not ${describe(options)}`);
  }
  const { timeoutMs } = options;
  if (timeoutMs === undefined) return -1;
  if (typeof timeoutMs !== "number") {
    throw PikeError.type(`timeoutMs must be a number, not ${describe(timeoutMs)}`);
  }
  if (!(timeoutMs >= 0 && timeoutMs <= TIMEOUT_MS_MAX)) {
    throw PikeError.range(`timeoutMs must be from 0 to ${TIMEOUT_MS_MAX}, not ${timeoutMs}`);
  }
  return Math.ceil(timeoutMs);
}

/** The abort signal in an operation's options, or null. */
export function signalOf(options: CancelOptions | undefined): AbortSignal | null {
  const signal = options?.signal;
  if (signal === undefined) return null;
  if (typeof signal?.addEventListener !== "function" || typeof signal.aborted !== "boolean") {
    throw PikeError.type(`signal must be an AbortSignal, not ${describe(signal)}`);
  }
  return signal;
}

/** What a value is, for messages: never its content. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value === "string" ? "a string" : `${typeof value}`;
  return `an object of class ${value.constructor?.name ?? "(none)"}`;
}
