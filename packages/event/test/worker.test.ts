import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { Event } from "@pike-io/event";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import type { PostOrder } from "./post-worker.js";

/** Starts a worker, and gives what it said once it has ended. */
async function post(order: PostOrder): Promise<string> {
  const worker = new Worker(new URL("./post-worker.js", import.meta.url), { workerData: order });
  const ended = once(worker, "exit");
  const [outcome] = (await once(worker, "message")) as [string];
  await ended;
  return outcome;
}

async function take(event: Event, total: number): Promise<number> {
  let count = 0;
  while (count < total) count += await event.wait();
  return count;
}

describe("Event across threads", () => {
  let notifier: Notifier;

  beforeEach(() => {
    notifier = openNotifier();
  });

  afterEach(() => notifier.close());

  it("a post from a worker thread wakes a wait here", async () => {
    const event = Event.open(notifier, { mode: "counting" });
    const [outcome, count] = await Promise.all([
      post({ poster: event.poster(), posts: 1, count: 5 }),
      event.wait(),
    ]);
    expect(outcome).to.equal("posted");
    expect(count).to.equal(5);
  });

  it("a flood from several workers arrives to the last count", async () => {
    const event = Event.open(notifier, { mode: "counting" });
    const posts = 20_000;
    const poster = event.poster();
    const workers = [1, 2, 3].map((count) => post({ poster, posts, count }));
    expect(await take(event, posts * 6)).to.equal(posts * 6);
    expect(await Promise.all(workers)).to.deep.equal(["posted", "posted", "posted"]);
    expect((await rejected(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
  });

  it("a semaphore lets through exactly as many waits as three workers posted", async () => {
    const event = Event.open(notifier, { mode: "semaphore" });
    const poster = event.poster();
    const workers = [1, 2, 3].map(() => post({ poster, posts: 500, count: 1 }));
    for (let i = 0; i < 1_500; i++) expect(await event.wait()).to.equal(1);
    await Promise.all(workers);
    expect((await rejected(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
  });

  it("a poster gone stale throws in the worker, and the slot's new event sees nothing", async () => {
    const old = Event.open(notifier, { mode: "counting" });
    const poster = old.poster();
    await old.close();
    const next = Event.open(notifier, { mode: "counting" });
    expect(next.poster().slot).to.equal(poster.slot);
    expect(await post({ poster, posts: 1, count: 99 })).to.equal("PIKE_CLOSED");
    next.post(1);
    expect(await next.wait()).to.equal(1);
  });

  it("closing in the middle of a flood ends the worker with PIKE_CLOSED, nothing else", async () => {
    const event = Event.open(notifier, { mode: "counting" });
    const outcome = post({ poster: event.poster(), posts: 1e9, count: 1 });
    await event.wait();
    await event.close();
    const others = Array.from({ length: 8 }, () => Event.open(notifier, { mode: "counting" }));
    expect(await outcome).to.equal("PIKE_CLOSED");
    for (const other of others) {
      expect((await rejected(other.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
    }
  });

  it("the worker that opened it is gone: its poster is stale", async () => {
    const program = `
      const { parentPort } = require("node:worker_threads");
      import(${JSON.stringify(import.meta.resolve("@pike-io/event"))}).then(async ({ Event }) => {
        const { openNotifier } = await import(${JSON.stringify(
          import.meta.resolve("@pike-io/notifier-native"),
        )});
        const event = Event.open(openNotifier());
        parentPort.postMessage(event.poster());
        for await (const _ of event);
      });`;
    const worker = new Worker(program, { eval: true });
    const [poster] = await once(worker, "message");
    Event.post(notifier, poster);
    await worker.terminate();
    expect(() => Event.post(notifier, poster))
      .to.throw()
      .with.property("code", "PIKE_CLOSED");
  });
});

async function rejected(promise: Promise<unknown>): Promise<{ code: string }> {
  return promise.then(
    () => expect.fail("it was not rejected"),
    (error) => error,
  );
}
