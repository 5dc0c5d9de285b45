/** Hazard: who is served often keeps others from being served at all. */
import { type HandleId, type Notifier, Operation, PENDING, READABLE } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";
import { expect } from "chai";
import { request } from "./request.js";

describe("turns", () => {
  it("a loop of waits that are satisfied at once gives way to others", async () => {
    const notifier = openNotifier();
    const socket = Socket.open("ipv4", "datagram").registerTo(notifier);
    let waits = 0;
    let seen = 0;
    setImmediate(() => {
      seen = waits;
    });
    for (; waits < 1_000; waits++) await socket.wait("write");
    expect(seen).to.be.within(1, 40);
    await notifier.close();
  });

  it("a stream that found no room in the batch comes before those that had some", async () => {
    const { readers, far, notifier, progress } = await streams(16);
    const chunk = new Uint8Array(65_536);
    const refill = (index: number): void => {
      const write = { ...request(Operation.write, far[index] as HandleId), buffer: chunk };
      // What does not fit now is not needed.
      if (notifier.submit(write) === PENDING) notifier.cancel(write);
    };
    // Whoever is served is full again, and asks again, before the next turn.
    const read = (index: number): void => {
      const one = { ...request(Operation.read, readers[index] as HandleId), size: 65_536 };
      const taken = (): void => {
        (progress[index] as number)++;
        refill(index);
      };
      one.complete = (result) => {
        if (result < 0) return; // the end of the test
        taken();
        read(index);
      };
      while (notifier.submit(one) !== PENDING) taken();
    };
    for (let index = 0; index < progress.length; index++) {
      refill(index);
      read(index);
    }
    for (let turn = 0; turn < 60; turn++) notifier.poll(0);
    expect(Math.min(...progress), progress.join(" ")).to.be.above(0);
    await notifier.close();
  });

  it("what was cancelled before comes out before what arrives after, even in a flood", async () => {
    const notifier = openNotifier({ drive: "manual" });
    const event = notifier.openEvent("semaphore");
    const order: string[] = [];
    const timer = { ...request(Operation.timer, -1), timeoutMs: 60_000 };
    timer.complete = () => order.push("cancelled");
    const wait = { ...request(Operation.wait, event), flags: READABLE };
    wait.complete = () => order.push("arrived");
    notifier.submit(timer);
    notifier.submit(wait);
    notifier.cancel(timer);
    notifier.post(notifier.poster(event), 1);
    while (order.length < 2) notifier.poll(-1);
    expect(order).to.deep.equal(["cancelled", "arrived"]);
    await notifier.close();
  });
});

/** Connected pairs in a notifier driven by hand. */
async function streams(count: number): Promise<{
  notifier: Notifier;
  readers: HandleId[];
  far: HandleId[];
  progress: number[];
}> {
  const notifier = openNotifier({ drive: "manual", limits: { immediate: 1 } });
  const listener = notifier.openSocket({ family: "unix", type: "stream" });
  notifier.bind(listener, { family: "unix", abstract: `pike-fair-${process.pid}` });
  notifier.listen(listener, count);
  const readers: HandleId[] = [];
  const far: HandleId[] = [];
  for (let i = 0; i < count; i++) {
    const socket = notifier.openSocket({ family: "unix", type: "stream" });
    const connect = request(Operation.connect, socket);
    connect.address = notifier.localAddress(listener);
    expect(notifier.submit(connect)).to.equal(0);
    far.push(socket);
    const accept = request(Operation.accept, listener);
    if (notifier.submit(accept) === PENDING) {
      while (accept.token !== -1) notifier.poll(-1);
    }
    readers.push(accept.accepted);
  }
  return { notifier, readers, far, progress: new Array<number>(count).fill(0) };
}
