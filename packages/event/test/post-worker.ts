/** A worker thread that posts to an event of another thread, and says how it went. */
import { parentPort, workerData } from "node:worker_threads";
import { Event } from "@pike-io/event";
import type { Poster } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";

/** What the worker is asked to do. */
export interface PostOrder {
  readonly poster: Poster;
  readonly posts: number;
  readonly count: number;
}

const { poster, posts, count } = workerData as PostOrder;
const notifier = openNotifier();
let outcome = "posted";
try {
  for (let i = 0; i < posts; i++) Event.post(notifier, poster, count);
} catch (error) {
  outcome = (error as { code: string }).code;
}
await notifier.close();
parentPort?.postMessage(outcome);
