/**
 * Drives the poller by hand: three times by an event, then once by nothing, until it times out.
 *
 *     node examples/event-poll.mjs
 */
import { Event } from "@pike-io/event";
import { openNotifier } from "@pike-io/notifier-native";

const notifier = openNotifier({ drive: "manual" });
const event = Event.open(notifier);

for (let turn = 1; turn <= 3; turn++) {
  const waiting = event.wait();
  event.post();
  const count = notifier.poll(10_000); // blocks until the post arrives
  console.log(`poll ${turn}: ${count} completion, ${await waiting} post taken`);
}

const count = notifier.poll(250); // nobody posts
console.log(`poll 4: timed out with ${count} completions`);

await notifier.close();
