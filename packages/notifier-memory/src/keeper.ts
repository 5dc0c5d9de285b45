/**
 * Keeps the runtime alive while somebody has a request in flight, and only then.
 *
 * One interval per thread, shared by all networks: it never fires in practice, and is ref'd as long
 * as there are holders. Every runtime has timers that can be ref'd and unref'd.
 */

/** The longest interval that a runtime takes: 24 days. */
const INTERVAL_MS = 0x7fff_ffff;

let holders = 0;
let interval: NodeJS.Timeout | null = null;

/** One more holder. */
export function holdRuntime(): void {
  holders++;
  interval ??= setInterval(() => {}, INTERVAL_MS);
  interval.ref();
}

/** One holder less. */
export function releaseRuntime(): void {
  holders--;
  if (holders === 0) interval?.unref();
}
