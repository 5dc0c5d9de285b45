/** Memory that the kernel may read for as long as it likes: what `allocate` gave. */
import { Allocations, Operation, type Request } from "@pike-io/notifier";

/** A write of so many bytes is worth lending the kernel its memory. */
const LENT_BYTES_MIN = 16_384;
/** The flag that says so, between the two sides only; see native/src/layout.h. */
const ZERO_COPY = 32;

/** Of all notifiers of this thread. */
const allocations = new Allocations();

/** `Notifier.allocate`. */
export function allocate(bytes: number): Uint8Array {
  return allocations.allocate(bytes);
}

/**
 * A request's flags for native code, which with the flag asks no further: `buffer` is the very one
 * that it gets, read once.
 */
export function lentFlags(request: Request, buffer: Request["buffer"]): number {
  const { operation, flags } = request;
  const lends =
    operation === Operation.write &&
    buffer instanceof Uint8Array &&
    buffer.byteLength >= LENT_BYTES_MIN &&
    allocations.has(buffer);
  return lends ? flags | ZERO_COPY : flags & ~ZERO_COPY;
}
