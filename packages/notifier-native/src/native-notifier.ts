/** NativeNotifier: the contract over the binary. Here: its life, and how it is driven. */
import {
  type Contract,
  contract,
  type HandleId,
  type Notifier,
  type NotifierCounters,
  Operation,
  PikeError,
  type Request,
} from "@pike-io/notifier";
import type { Attachment, Binary } from "./binding.js";
import { nativeContract } from "./contract.js";
import { forget } from "./exit.js";
import { NativeControl } from "./native-control.js";
import type { NativeSettings } from "./settings.js";

/** Longest wait inside native code: worker.terminate() and exit take effect between two of them. */
const SLICE_MS = 100;

/** Opens a notifier with a loaded binary. PIKE_UNSUPPORTED, EMFILE. */
export function openNative(binary: Binary, settings: NativeSettings): NativeNotifier {
  return new SystemNotifier(binary, settings);
}

/** The operating system's notifier, with what is its own. */
export interface NativeNotifier extends Notifier {
  /**
   * How it hears from the runtime's loop. "loop": its descriptor is watched on the environment's
   * own libuv loop. "thread": a thread of its own waits and wakes JavaScript by a threadsafe
   * function. "none": it is driven by hand.
   */
  readonly attachment: Attachment;
  /**
   * What io_uring's backend uses of what its kernel offers ("defer_taskrun", "recv_multishot", …),
   * less what PIKE_URING_FEATURES takes away ("-recv_multishot,-send_zc"). Empty elsewhere.
   */
  readonly features: readonly string[];
}

/** The operating system's notifier. */
class SystemNotifier extends NativeControl implements NativeNotifier {
  readonly [contract]: Contract = nativeContract;
  #dropped = 0;

  get backend(): string {
    return this.native.backend;
  }

  get reason(): string {
    return this.native.reason;
  }

  get attachment(): Attachment {
    return this.native.attachment;
  }

  get features(): readonly string[] {
    return this.native.features.split(" ").filter((name) => name !== "");
  }

  get closed(): boolean {
    return this.closing !== null;
  }

  poll(timeoutMs: number): number {
    const native = this.open("poll");
    if (typeof timeoutMs !== "number") throw PikeError.type("timeoutMs must be a number");
    if (!(timeoutMs === -1 || (timeoutMs >= 0 && timeoutMs <= 0x7fff_ffff))) {
      throw PikeError.range(`timeoutMs must be -1, or from 0 to ${0x7fff_ffff}, not ${timeoutMs}`);
    }
    if (this.attached) {
      throw new PikeError("PIKE_STATE", "poll: the runtime's own loop drives this notifier");
    }
    if (this.delivering) {
      throw new PikeError("PIKE_STATE", "poll: not from within a dispatch");
    }
    const end = timeoutMs === -1 ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      const rest = Math.ceil(end - performance.now());
      const count = native.turn(Math.max(0, Math.min(SLICE_MS, rest)));
      if (count > 0) this.deliver(count);
      if (count > 0 || performance.now() >= end) return count;
    }
  }

  ref(): void {
    this.open("ref").setLoopRef(1);
  }

  unref(): void {
    this.open("unref").setLoopRef(0);
  }

  get counters(): NotifierCounters {
    if (this.posts.waiting) this.native.takePosts();
    const at = (index: number): number => this.totals[index] as number;
    return {
      operations: at(0),
      systemCalls: at(1),
      wouldBlocks: at(2),
      completions: at(3),
      crossings: at(4),
      batches: at(5),
      bytesRead: at(6),
      bytesWritten: at(7),
      stale: at(8),
      dropped: this.#dropped,
      handles: at(10),
      pending: at(11),
      kernelEntries: at(12),
    };
  }

  close(): Promise<void> {
    // A turn of its own, so that no completion is delivered on the caller's stack.
    this.closing ??= Promise.resolve().then(() => this.#shut());
    return this.closing;
  }

  #shut(): void {
    for (let slot = 0; ; slot++) {
      const id = this.native.slotId(slot);
      if (id < 0) break;
      if (id > 0) this.start(new CloseRequest(id));
    }
    for (let id = 0; id < this.requests.length; id++) {
      if (this.requests[id] !== null) this.native.cancel(id);
    }
    while ((this.totals[11] as number) > 0) this.deliver(this.native.turn(0));
    this.native.shut();
    forget(this.native);
    this.#dropped = this.batch.close();
  }
}

/** The notifier's own close of a handle that somebody left open. */
class CloseRequest implements Request {
  readonly operation = Operation.close;
  readonly handle: HandleId;
  readonly buffer = null;
  readonly size = 0;
  readonly flags = 0;
  readonly timeoutMs = -1;
  address = null;
  chunk = null;
  accepted = -1;
  transferred = 0;
  truncated = false;
  signal = null;
  token = -1;

  constructor(handle: HandleId) {
    this.handle = handle;
  }

  complete(): void {}
}
