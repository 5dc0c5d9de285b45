/**
 * A signal's record in the slab: five 32-bit integers, as native/src/attempts_posix.cc writes them.
 */
import type { SignalInfo } from "@pike-io/notifier";

/** Reads the record at `offset`. */
export function readSignal(
  slab: Uint8Array,
  offset: number,
  nameOf: (number: number) => string,
): SignalInfo {
  const view = new DataView(slab.buffer, slab.byteOffset + offset, 20);
  const number = view.getInt32(0, true);
  return {
    name: nameOf(number),
    number,
    code: view.getInt32(4, true),
    pid: view.getInt32(8, true),
    uid: view.getUint32(12, true),
    value: view.getInt32(16, true),
  };
}
