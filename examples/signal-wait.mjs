/**
 * Waits for Ctrl-C three times, then ends by itself.
 *
 *     node examples/signal-wait.mjs
 */
import { openNotifier } from "@pike-io/notifier-native";
import { Signal } from "@pike-io/signal";

const notifier = openNotifier();
const signal = Signal.open(notifier, ["SIGINT"]);

for (let turn = 1; turn <= 3; turn++) {
  console.log(`waiting for Ctrl-C, ${turn} of 3`);
  const { name, pid } = await signal.wait();
  console.log(`got ${name} from ${sender(pid)}`);
}

await notifier.close();
console.log("good-bye");

/** kqueue only counts signals, and Windows has no senders. */
function sender(pid) {
  if (pid === null) return "somebody";
  return pid === 0 ? "the terminal" : `process ${pid}`;
}
