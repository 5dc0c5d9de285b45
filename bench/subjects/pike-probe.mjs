/** Says which backend pike is on, or fails with the reason why it cannot be. */
import { defaultNotifier } from "pike-io";

process.stdout.write(`${defaultNotifier().backend}\n`);
