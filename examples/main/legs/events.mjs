/** Events: a worker posts, this thread waits; and there and back, one at a time. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { defaultNotifier, Event, post } from "pike-io";

const FLOOD = 100_000;
const TURNS = 2_000;

/** A flood that must arrive to the last count, then turns, then a post that comes too late. */
export async function runEvents(job) {
  const event = Event.open(defaultNotifier(), { mode: "counting" });
  const worker = new Worker(new URL("post.mjs", import.meta.url), {
    workerData: { poster: event.poster(), flood: FLOOD, turns: TURNS },
  });
  const ended = once(worker, "exit"); // it may come in one turn with the last message
  const [reply] = await once(worker, "message");
  await job.report.leg({ title: "events, flood", client: "worker" }, () =>
    flood(job, event, worker),
  );
  await job.report.leg({ title: "events, there and back", client: "worker" }, () =>
    turns(job, event, reply.poster, worker),
  );
  await ended;
}

async function flood(job, event, worker) {
  const begun = performance.now();
  worker.postMessage("flood");
  const posted = once(worker, "message");
  let count = 0;
  while (count < FLOOD) count += await event.wait({ timeoutMs: 10_000 });
  const seconds = (performance.now() - begun) / 1_000;
  await posted;
  if (count !== FLOOD) job.report.mismatch(`events: ${FLOOD} posted, ${count} taken`);
  return { requests: count, seconds };
}

async function turns(job, event, poster, worker) {
  const latencies = [];
  const begun = performance.now();
  worker.postMessage("turns");
  for (let turn = 0; turn < TURNS; turn++) {
    const start = performance.now();
    post(poster);
    await event.wait({ timeoutMs: 10_000 });
    latencies.push(performance.now() - start);
  }
  const seconds = (performance.now() - begun) / 1_000;
  await postTooLate(job, event, worker);
  return { requests: TURNS, seconds, latencies };
}

async function postTooLate(job, event, worker) {
  await event.close();
  worker.postMessage("post too late");
  const [outcome] = await once(worker, "message");
  if (outcome === "PIKE_CLOSED") return;
  job.report.mismatch(`events: a post to a closed event gave ${outcome}, not PIKE_CLOSED`);
}
