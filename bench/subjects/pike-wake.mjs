/** Two workers wake each other by posting to each other's event. */
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { defaultNotifier, Event, post } from "pike-io";
import { durations, obey, Stopwatch } from "./self-driven.mjs";

if (isMainThread) await drive();
else if (workerData.front) await goBackAndForth();
else await answer();

async function drive() {
  const path = new URL(import.meta.url);
  const times = durations();
  const front = new Worker(path, { workerData: { front: true, times } });
  const back = new Worker(path, { workerData: { front: false } });
  const [[frontPoster], [backPoster]] = await Promise.all([
    once(front, "message"),
    once(back, "message"),
  ]);
  back.postMessage(frontPoster);
  front.postMessage(backPoster);
  await once(front, "message");
  await obey(async () => {
    front.postMessage("run");
    return (await once(front, "message"))[0];
  });
}

async function goBackAndForth() {
  const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
  const event = Event.open(defaultNotifier());
  port.postMessage(event.poster());
  const [peer] = await once(port, "message");
  const { warmUp, seconds } = workerData.times;
  for (const duration of [warmUp, seconds]) {
    const watch = new Stopwatch(duration);
    while (watch.begin()) {
      post(peer);
      await event.wait();
      watch.end();
    }
    port.postMessage(watch.result());
    // To be told to go on, and then to be ended: a thread that is gone takes its CPU time with it.
    await once(port, "message");
  }
}

async function answer() {
  const port = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
  const event = Event.open(defaultNotifier());
  port.postMessage(event.poster());
  const [peer] = await once(port, "message");
  for await (const _ of event) post(peer);
}
