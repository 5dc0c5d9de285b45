/** A worker thread that opens a Signal and reports what it gets, until it is ended or told to. */
import { parentPort, workerData } from "node:worker_threads";
import { openNotifier } from "@pike-io/notifier-native";
import { Signal, type SignalName } from "@pike-io/signal";

/** What the worker is asked to do. */
export interface WorkerOrder {
  readonly names: readonly SignalName[];
}

const { names } = workerData as WorkerOrder;
const notifier = openNotifier();
const signals = Signal.open(notifier, names);
parentPort?.postMessage("open");
parentPort?.once("message", () => {
  signals.close().then(() => notifier.close());
});
for await (const { name } of signals) parentPort?.postMessage(name);
