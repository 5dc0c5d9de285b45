/** A bare request, for tests that drive the contract without a layer. */
import type { Operation, Request } from "@pike-io/notifier";

/** One with nothing filled in but what it is about. */
export function request(operation: Operation, handle: number): Request {
  return {
    operation,
    handle,
    buffer: null,
    size: 1,
    flags: 0,
    timeoutMs: -1,
    address: null,
    chunk: null,
    accepted: -1,
    transferred: 0,
    truncated: false,
    signal: null,
    token: -1,
    complete: () => {},
  };
}
