/**
 * PikeError: every error that pike makes, shaped as Node's own system errors are.
 *
 * `code` is a name ("ECONNREFUSED", "PIKE_CLOSED"); wrong arguments are a TypeError or RangeError
 * with a code "PIKE_TYPE" or "PIKE_RANGE".
 */
import { type Address, formatAddress } from "./address.js";
import { Code, type CodeName, codeName, describeCode } from "./codes.js";

/** Codes that are only given to programs, never across the contract. */
export type PikeErrorCode =
  | CodeName
  | "PIKE_TYPE"
  | "PIKE_RANGE"
  | "PIKE_CONTRACT_MISMATCH"
  | "PIKE_NOT_REGISTERED"
  | "PIKE_TRUNCATED"
  | "PIKE_NO_BINARY";

/** What was being done when an error came up. */
export interface ErrorContext {
  /** The call, in the manual's words: "connect", "bind", "recv". */
  readonly syscall: string;
  readonly address?: Address | null | undefined;
  /** Bytes moved before it failed. */
  readonly transferred?: number | undefined;
  /** What the code's own sentence leaves out; replaces it. */
  readonly detail?: string | undefined;
}

/** What every copy of this package knows an error of pike by. */
const brand = Symbol.for("@pike-io/notifier.error");

/**
 * An error of pike. `instanceof` holds for those of any copy of this package, as `pike-io` brings
 * one of its own.
 */
export class PikeError extends Error {
  /** "ECONNREFUSED", "PIKE_CLOSED", … */
  readonly code: string;
  /** The code as a negative number, as Node gives it on Linux; absent where there is no number. */
  readonly errno?: number;
  readonly syscall?: string;
  /** The address or path that the call was about. */
  readonly address?: string;
  readonly port?: number;
  /** Bytes moved before a write failed. */
  readonly transferred?: number;

  constructor(code: PikeErrorCode, message: string, context?: Partial<ErrorContext>) {
    super(message);
    this.code = code;
    const number = (Code as { readonly [name: string]: number | undefined })[code];
    if (number !== undefined) this.errno = -number;
    if (context?.syscall !== undefined) this.syscall = context.syscall;
    if (context?.transferred !== undefined) this.transferred = context.transferred;
    const address = context?.address;
    if (address !== undefined && address !== null) {
      if ("port" in address) {
        this.address = address.address;
        this.port = address.port;
      } else {
        this.address = "abstract" in address ? `@${address.abstract}` : address.path;
      }
    }
  }

  override get name(): string {
    return this.code === "PIKE_ABORTED" ? "AbortError" : `PikeError [${this.code}]`;
  }

  /** True for an error of pike, whichever copy made it; for a subclass, as usual. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass inherits this, and is then meant
    if (this !== PikeError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && brand in value;
  }

  /** A TypeError with code PIKE_TYPE. The message says what was expected and what came. */
  static type(message: string): TypeError & { code: string } {
    return Object.assign(new TypeError(message), { code: "PIKE_TYPE" });
  }

  /** A RangeError with code PIKE_RANGE. */
  static range(message: string): RangeError & { code: string } {
    return Object.assign(new RangeError(message), { code: "PIKE_RANGE" });
  }
}

Object.defineProperty(PikeError.prototype, brand, { value: true });

/** The error for a result below zero. `code` is the code itself, above zero. */
export function systemError(code: number, context: ErrorContext): PikeError {
  const where =
    context.address === undefined || context.address === null
      ? ""
      : ` ${formatAddress(context.address)}`;
  const sentence = context.detail ?? describeCode(code);
  return new PikeError(codeName(code), `${context.syscall}${where}: ${sentence}`, context);
}
