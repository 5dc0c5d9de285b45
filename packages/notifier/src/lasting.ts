/**
 * Memory that nobody can take away: a WebAssembly memory's, which no transfer detaches and which
 * lives as long as a view of it. For what a notifier lends, and what its kernel reads.
 */

/** What is used of it; the type is in no library that is loaded here. */
declare const WebAssembly: {
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
};

/** Bytes of a page. */
export const PAGE_BYTES = 65_536;

/** So many pages, all zero. Throws a RangeError when the system has no memory for them. */
export function lastingMemory(pages: number): ArrayBuffer {
  return new WebAssembly.Memory({ initial: pages, maximum: pages }).buffer;
}
