/** A program that imports pike and opens a notifier. */
import { defaultNotifier } from "pike-io";

defaultNotifier();
const wallMs = performance.now();
const cpu = process.cpuUsage();
(await import("./started.mjs")).tell(wallMs, cpu);
