/** The notifier over the operating system. */
import { type Dispatch, defaultLimits, type Limits, PikeError } from "@pike-io/notifier";
import { checkAttach } from "./attach.js";
import { loadBinary } from "./load.js";
import { type NativeNotifier, openNative } from "./native-notifier.js";
import { withoutFeatures } from "./uring.js";

export type { Attachment } from "./binding.js";
export type { NativeNotifier } from "./native-notifier.js";

/** How to open a notifier. */
export interface OpenNotifierOptions {
  /**
   * A backend by name ("epoll", "io_uring"), which then never falls back; or several, joined by
   * commas, of which the first that can be had is taken. Default: PIKE_NOTIFIER, else the system's
   * best, tried in that way.
   */
  readonly backend?: string | undefined;
  /** "attached": driven by the runtime's own loop (the default). "manual": by `poll`. */
  readonly drive?: "attached" | "manual" | undefined;
  /**
   * How an attached notifier hears from the runtime's loop, and then no other way: "loop" watches a
   * descriptor on the environment's own libuv loop (Node; refused in Bun and Deno, which have
   * none), "thread" has a thread of its own wait (every runtime). Default: PIKE_ATTACH, else "loop"
   * where it can be had. No effect with drive "manual".
   */
  readonly attach?: "loop" | "thread" | undefined;
  /** Decides how each batch of completions is resumed. Default: in order, at once. */
  readonly dispatch?: Dispatch | undefined;
  /**
   * When small writes of a turn are gathered: those of up to 2,048 bytes on a stream socket, made
   * while a batch of 8 completions or more is handled, or by a writer whose last write has
   * completed in it. They are sent in one go when the batch is handled, and resolve before that.
   * Only while handlers took at most so many microseconds for each completion and operation in the
   * batch before. 0: every write is sent at once. From 0 to 1,000,000; the default is 20.
   */
  readonly gatherMicros?: number | undefined;
  /**
   * Whether the system may merge datagrams that are received in batches and cut those that are sent
   * in batches (UDP GRO and GSO), where it can. Default true, or false when PIKE_OFFLOAD is "0".
   */
  readonly offload?: boolean | undefined;
  /** Bounds; see `Limits`. */
  readonly limits?: Partial<Limits> | undefined;
}

const HANDLES_MAX = 1_048_576;
const QUEUE_MAX = 65_535;
const GATHER_MICROS = 20;
const GATHER_MICROS_MAX = 1_000_000;

/**
 * Opens a notifier. PIKE_NO_BINARY, PIKE_UNSUPPORTED (no such backend or attachment here), EMFILE.
 */
export function openNotifier(options: OpenNotifierOptions = {}): NativeNotifier {
  if (typeof options !== "object" || options === null) {
    throw PikeError.type("openNotifier takes an object of options");
  }
  const { backend = process.env["PIKE_NOTIFIER"] ?? "", drive = "attached", dispatch } = options;
  const { attach: attached = process.env["PIKE_ATTACH"] } = options;
  if (typeof backend !== "string") throw PikeError.type("backend must be a string");
  if (drive !== "attached" && drive !== "manual") {
    throw PikeError.type('drive must be "attached" or "manual"');
  }
  if (dispatch !== undefined && typeof dispatch !== "function") {
    throw PikeError.type("dispatch must be a function");
  }
  const attach = checkAttach(attached);
  const { gatherMicros = GATHER_MICROS } = options;
  checkWhole(gatherMicros, "gatherMicros", 0, GATHER_MICROS_MAX);
  const { offload = process.env["PIKE_OFFLOAD"] !== "0" } = options;
  if (typeof offload !== "boolean") throw PikeError.type("offload must be true or false");
  const limits = { ...defaultLimits, ...options.limits };
  checkWhole(limits.handles, "limits.handles", 1, HANDLES_MAX);
  checkWhole(limits.queue, "limits.queue", 1, QUEUE_MAX);
  checkWhole(limits.immediate, "limits.immediate", 1, QUEUE_MAX);
  return openNative(loadBinary().binary, {
    backend,
    features: withoutFeatures(),
    attach: drive === "manual" ? "none" : attach,
    dispatch: dispatch ?? null,
    gatherMicros,
    limits,
    offload,
  });
}

/** Where the binary was loaded from: an absolute path. PIKE_NO_BINARY. */
export function binaryPath(): string {
  return loadBinary().path;
}

function checkWhole(value: unknown, what: string, least: number, largest: number): void {
  if (typeof value !== "number") throw PikeError.type(`${what} must be a number`);
  if (!Number.isInteger(value) || value < least || value > largest) {
    throw PikeError.range(
      `${what} must be a whole number from ${least} to ${largest}, not ${value}`,
    );
  }
}
