/** Events over any notifier: post from any thread, wait here. */
export type { EventMode, Poster } from "@pike-io/notifier";
export { Event, type EventOptions, POST_COUNT_MAX } from "./event.js";
