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
  console.log(`got ${name} from ${pid === 0 ? "the terminal" : `process ${pid}`}`);
}

await notifier.close();
console.log("good-bye");
