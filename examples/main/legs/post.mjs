/** The worker: posts to the main thread by a poster, and waits for an event of its own. */
import { once } from "node:events";
import { parentPort, workerData } from "node:worker_threads";
import { defaultNotifier, Event, post } from "pike-io";

const { poster, flood, turns } = workerData;
const reply = Event.open(defaultNotifier(), { mode: "semaphore" });
parentPort.postMessage({ poster: reply.poster() });

await once(parentPort, "message");
for (let i = 0; i < flood; i++) post(poster);
parentPort.postMessage("posted");

await once(parentPort, "message");
for (let turn = 0; turn < turns; turn++) {
  await reply.wait();
  post(poster);
}

await once(parentPort, "message");
try {
  post(poster);
  parentPort.postMessage("success");
} catch (error) {
  parentPort.postMessage(error.code);
}
await reply.close();
