/** The suites under node:test: run by runners.test.ts, in a process of its own. */
import { describe, it } from "node:test";
import { conformance } from "@pike-io/conformance";
import { MemoryNetwork } from "@pike-io/notifier-memory";

const network = new MemoryNetwork({ clock: "auto" });

// A promise, as a notifier that has to load something first would give.
await conformance(
  { describe, it },
  { open: (options) => Promise.resolve(network.host("10.0.0.1", options)) },
);
