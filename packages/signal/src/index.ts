/** Signals over any notifier: wait for them, with sender and value. */
export type { SignalInfo } from "@pike-io/notifier";
export { type ShortName, SIGNALS_MAX, type SignalName } from "./names.js";
export { Signal } from "./signal.js";
