/** Two workers wake each other by a message over a channel of their own. */
import { once } from "node:events";
import { isMainThread, MessageChannel, parentPort, Worker, workerData } from "node:worker_threads";
import { durations, obey, Stopwatch } from "./self-driven.mjs";

if (isMainThread) await drive();
else if (workerData.front) await goBackAndForth(workerData.port);
else workerData.port.on("message", () => workerData.port.postMessage(0));

async function drive() {
  const path = new URL(import.meta.url);
  const times = durations();
  const { port1, port2 } = new MessageChannel();
  new Worker(path, { workerData: { front: false, port: port2 }, transferList: [port2] });
  const front = new Worker(path, {
    workerData: { front: true, port: port1, times },
    transferList: [port1],
  });
  await once(front, "message");
  await obey(async () => {
    front.postMessage("run");
    return (await once(front, "message"))[0];
  });
}

/** @param {import("node:worker_threads").MessagePort} port */
async function goBackAndForth(port) {
  const parent = /** @type {import("node:worker_threads").MessagePort} */ (parentPort);
  const { warmUp, seconds } = workerData.times;
  parent.postMessage(await roundTrips(port, warmUp));
  await once(parent, "message");
  parent.postMessage(await roundTrips(port, seconds));
  // A thread that is gone takes its CPU time with it.
  await once(parent, "message");
}

/**
 * @param {import("node:worker_threads").MessagePort} port
 * @param {number} duration in seconds
 */
function roundTrips(port, duration) {
  return new Promise((resolve) => {
    const watch = new Stopwatch(duration);
    const next = () => {
      if (watch.begin()) port.postMessage(0);
      else {
        port.off("message", returned);
        resolve(watch.result());
      }
    };
    const returned = () => {
      watch.end();
      next();
    };
    port.on("message", returned);
    next();
  });
}
