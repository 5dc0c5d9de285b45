import { Event } from "@pike-io/event";
import type { Notifier, Poster } from "@pike-io/notifier";
import { expect } from "chai";
import { notifiers, rejection, thrown } from "./notifiers.js";

for (const [name, open] of notifiers) {
  describe(`Event over ${name}`, () => {
    let notifier: Notifier;

    beforeEach(() => {
      notifier = open();
    });

    afterEach(() => notifier.close());

    describe("how posts add up", () => {
      it("coalescing, the default: all that came are one", async () => {
        const event = Event.open(notifier);
        expect(event.mode).to.equal("coalescing");
        event.post();
        event.post(5);
        expect(await event.wait()).to.equal(1);
        expect((await rejection(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
      });

      it("counting: the sum of the counts", async () => {
        const event = Event.open(notifier, { mode: "counting" });
        event.post();
        event.post(41);
        expect(await event.wait()).to.equal(42);
        event.post(0xffff_ffff);
        expect(await event.wait()).to.equal(0xffff_ffff);
        expect((await rejection(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
      });

      it("semaphore: each count lets one wait through", async () => {
        const event = Event.open(notifier, { mode: "semaphore" });
        event.post(2);
        event.post();
        for (let i = 0; i < 3; i++) expect(await event.wait()).to.equal(1);
        expect((await rejection(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
      });
    });

    it("a post before the wait is not lost, and one after it wakes", async () => {
      const event = Event.open(notifier, { mode: "counting" });
      event.post(3);
      expect(await event.wait()).to.equal(3);
      const waiting = event.wait();
      event.post(4);
      expect(await waiting).to.equal(4);
    });

    it("several waiters are served in the order they came", async () => {
      const event = Event.open(notifier, { mode: "semaphore" });
      const order: number[] = [];
      const waits = [0, 1, 2].map((index) => event.wait().then(() => order.push(index)));
      event.post();
      await waits[0];
      expect(order).to.deep.equal([0]);
      event.post(2);
      await Promise.all(waits);
      expect(order).to.deep.equal([0, 1, 2]);
    });

    it("one post to a counting event serves one of two waiters", async () => {
      const event = Event.open(notifier, { mode: "counting" });
      const first = event.wait();
      const second = event.wait();
      event.post(7);
      expect(await first).to.equal(7);
      event.post(8);
      expect(await second).to.equal(8);
    });

    it("is waited for by others than its poster, and posted by others than its owner", async () => {
      const events = [0, 1].map(() => Event.open(notifier, { mode: "counting" })) as [Event, Event];
      const waits = events.map((event) => event.wait());
      Event.post(notifier, events[1].poster(), 11);
      Event.post(notifier, events[0].poster(), 10);
      expect(await Promise.all(waits)).to.deep.equal([10, 11]);
    });

    it("giving up a wait loses no post", async () => {
      const event = Event.open(notifier, { mode: "counting" });
      const controller = new AbortController();
      const waiting = event.wait({ signal: controller.signal });
      controller.abort("enough");
      const error = await rejection(waiting);
      expect(error.name).to.equal("AbortError");
      expect(error.cause).to.equal("enough");
      event.post(9);
      expect(await event.wait()).to.equal(9);
    });

    it("a poster gone stale harms nobody, also when its slot is used again", async () => {
      const old = Event.open(notifier, { mode: "counting" });
      const poster = old.poster();
      await old.close();
      const events = Array.from({ length: 64 }, () => Event.open(notifier, { mode: "counting" }));
      const again = events.find((event) => event.poster().slot === poster.slot);
      expect(again, "an event that took the slot").to.not.equal(undefined);
      expect(thrown(() => Event.post(notifier, poster, 5)).code).to.equal("PIKE_CLOSED");
      for (const event of events) event.post(2);
      expect(await Promise.all(events.map((event) => event.wait()))).to.deep.equal(
        new Array(64).fill(2),
      );
    });

    it("a generation that never was harms nobody", async () => {
      const event = Event.open(notifier);
      const poster = event.poster();
      for (const generation of [0, poster.generation + 1, poster.generation + 2 ** 32]) {
        expect(thrown(() => Event.post(notifier, { ...poster, generation })).code).to.equal(
          "PIKE_CLOSED",
        );
      }
      expect((await rejection(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
    });

    it("a poster outlives cloning, and equals itself", () => {
      const event = Event.open(notifier);
      const poster: Poster = structuredClone(event.poster());
      expect(poster).to.deep.equal(event.poster());
      Event.post(notifier, poster);
    });

    it("iterates until it is closed; break leaves it open", async () => {
      const event = Event.open(notifier, { mode: "counting" });
      event.post(1);
      for await (const count of event) {
        expect(count).to.equal(1);
        break;
      }
      expect(event.state).to.equal("open");
      const counts: number[] = [];
      event.post(2);
      for await (const count of event) {
        counts.push(count);
        if (count === 2) event.post(3);
        else event.close();
      }
      expect(counts).to.deep.equal([2, 3]);
    });

    it("close ends every wait and every later call", async () => {
      const event = Event.open(notifier);
      const waits = [event.wait(), event.wait()].map(rejection);
      await event.close();
      expect((await Promise.all(waits)).map(({ code }) => code)).to.deep.equal([
        "PIKE_CLOSED",
        "PIKE_CLOSED",
      ]);
      expect((await rejection(event.wait())).code).to.equal("PIKE_CLOSED");
      expect(thrown(() => event.post()).code).to.equal("PIKE_CLOSED");
      expect(thrown(() => event.poster()).message).to.equal("poster: the event is closed");
      expect(event.fd).to.equal(-1);
      await event.close();
    });

    it("disposing closes it", async () => {
      const event = Event.open(notifier);
      const other = Event.open(notifier);
      await event[Symbol.asyncDispose]();
      expect(event.state).to.equal("closed");
      other[Symbol.dispose]();
      expect(thrown(() => other.post()).code).to.equal("PIKE_CLOSED");
    });

    it("wrong types and ranges are refused before anything happens", async () => {
      const handles = notifier.counters.handles;
      const wrong = (value: unknown) => value as never;
      expect(thrown(() => Event.open(wrong({}))).code).to.equal("PIKE_TYPE");
      expect(thrown(() => Event.open(notifier, wrong(null))).code).to.equal("PIKE_TYPE");
      expect(thrown(() => Event.open(notifier, wrong({ mode: "x" }))).code).to.equal("PIKE_TYPE");
      expect(notifier.counters.handles).to.equal(handles);
      const event = Event.open(notifier, { mode: "counting" });
      for (const count of [0, -1, 1.5, 2 ** 32, Number.NaN]) {
        expect(thrown(() => event.post(count)).code).to.equal("PIKE_RANGE");
      }
      expect(thrown(() => event.post(wrong("1"))).code).to.equal("PIKE_TYPE");
      expect(thrown(() => Event.post(notifier, wrong(null))).code).to.equal("PIKE_TYPE");
      expect(thrown(() => Event.post(notifier, wrong({ slot: 0 }))).code).to.equal("PIKE_TYPE");
      const poster = event.poster();
      const far = { ...poster, slot: poster.slot + 2 ** 32 };
      expect(thrown(() => Event.post(notifier, far)).code).to.equal("PIKE_RANGE");
      expect((await rejection(event.wait({ timeoutMs: -1 }))).code).to.equal("PIKE_RANGE");
      expect((await rejection(event.wait(wrong({ signal: {} })))).code).to.equal("PIKE_TYPE");
      expect((await rejection(event.wait({ timeoutMs: 0 }))).code).to.equal("PIKE_TIMEOUT");
    });
  });
}
