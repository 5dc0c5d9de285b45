/**
 * A signal's record in the slab: six 32-bit integers, as native/src/attempts_posix.cc writes them.
 * The last says whether the system told more than the number: signalfd(2) does, EVFILT_SIGNAL of
 * kevent(2) only counts.
 */
import type { SignalInfo } from "@pike-io/notifier";
import type { Binary } from "./binding.js";
import { lookAgain } from "./other-handlers.js";

/** Reads the record at `offset`. */
export function readSignal(binary: Binary, slab: Uint8Array, offset: number): SignalInfo {
  lookAgain(binary);
  const view = new DataView(slab.buffer, slab.byteOffset + offset, 24);
  const number = view.getInt32(0, true);
  const name = binary.nameSignal(number);
  if (view.getInt32(20, true) === 0) {
    return { name, number, code: null, pid: null, uid: null, value: null };
  }
  return {
    name,
    number,
    code: view.getInt32(4, true),
    pid: view.getInt32(8, true),
    uid: view.getUint32(12, true),
    value: view.getInt32(16, true),
  };
}
