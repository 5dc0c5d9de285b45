/** A program that ends as soon as nothing keeps the runtime alive; `alive.test.ts` runs it. */
import type { Poster } from "@pike-io/notifier";
import { MemoryNetwork, type MemoryNotifier } from "@pike-io/notifier-memory";
import { Ask } from "./ask.js";

const said: string[] = [];
process.on("exit", () => console.log([...said, "exit"].join("; ")));

const scenes: { readonly [name: string]: () => void } = {
  "ref'd": () => {
    const { notifier, poster } = waiting();
    whileAlive(() => notifier.post(poster, 1));
  },
  idle: () => {
    const notifier = new MemoryNetwork().host("10.0.0.1");
    notifier.openEvent("counting");
  },
  "unref'd handle": () => {
    const { notifier, event } = waiting();
    notifier.setRef(event, false);
  },
  "unref'd handle, then asked": () => {
    const notifier = new MemoryNetwork().host("10.0.0.1");
    const event = notifier.openEvent("counting");
    notifier.setRef(event, false);
    new Ask(notifier, "event", event);
  },
  "unref'd notifier": () => waiting().notifier.unref(),
  // Two sides that talk for ever, with a clock that never waits.
  "unref'd, busy": () => {
    const notifier = new MemoryNetwork({ clock: "auto" }).host("10.0.0.1");
    notifier.unref();
    const again = (): void => {
      void new Ask(notifier, "timer", -1, { timeoutMs: 1 }).done.then(again);
    };
    again();
  },
  "ref'd again": () => {
    const { notifier, event, poster } = waiting();
    notifier.setRef(event, false);
    notifier.unref();
    notifier.setRef(event, true);
    notifier.ref();
    whileAlive(() => notifier.post(poster, 1));
  },
  "unref'd but served": () => {
    const { notifier, event, poster } = waiting();
    notifier.setRef(event, false);
    // Only this keeps the runtime alive, and it is asleep when the completion is due.
    const keeper = setTimeout(() => said.push("too late"), 5_000);
    setTimeout(() => notifier.post(poster, 1), 20);
    onCompletion = () => clearTimeout(keeper);
  },
  manual: () => {
    const notifier = new MemoryNetwork().host("10.0.0.1", { drive: "manual" });
    new Ask(notifier, "event", notifier.openEvent("counting"));
  },
};

let onCompletion: () => void = () => {};

/** A notifier with one request that waits for a post. */
function waiting(): { notifier: MemoryNotifier; event: number; poster: Poster } {
  const notifier = new MemoryNetwork().host("10.0.0.1");
  const event = notifier.openEvent("counting");
  void new Ask(notifier, "event", event).done.then(() => {
    said.push("completed");
    onCompletion();
  });
  return { notifier, event, poster: notifier.poster(event) };
}

/** Runs only if something else keeps the runtime alive meanwhile. */
function whileAlive(work: () => void): void {
  setTimeout(() => {
    said.push("alive");
    work();
  }, 20).unref();
}

scenes[process.argv[2] ?? ""]?.();
