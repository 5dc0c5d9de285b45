/**
 * A notifier in pure TypeScript, over a network in memory: seeded, with a clock that a test moves.
 */
export type { Clock } from "./clock.js";
export type { MemoryNotifier } from "./host/notifier.js";
export type { RaisedSignal } from "./host/raise.js";
export { type HostOptions, MemoryNetwork, type PartitionOptions } from "./network.js";
export type { NetworkOptions, Unreachable } from "./settings.js";
