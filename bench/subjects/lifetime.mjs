/**
 * What every server under test does for the benchmark, on any runtime: it says where it listens,
 * answers questions on standard input, and ends with it, so that none outlives the benchmark.
 */
import process from "node:process";
import { getHeapStatistics } from "node:v8";

/**
 * Tells the benchmark where to send its load. A line on standard input is a question; the answer is
 * one line of JSON: what `counts` says, and the memory in use.
 * @param {unknown} address with a port
 * @param {() => Readonly<Record<string, number>>} counts
 */
export function announce(address, counts = () => ({})) {
  const { port } = /** @type {{ port?: unknown }} */ (address);
  if (typeof port !== "number") throw new TypeError("the server listens on no port");
  process.stdin.on("data", (text) => {
    for (const _ of String(text).matchAll(/\n/g)) {
      process.stdout.write(`${JSON.stringify({ ...counts(), heap: heapBytes() })}\n`);
    }
  });
  process.stdin.on("end", () => process.exit());
  process.stdout.write(`listening ${port}\n`);
}

/** What the JavaScript heap takes up of the resident memory, with the array buffers outside it. */
function heapBytes() {
  return getHeapStatistics().total_physical_size + process.memoryUsage().external;
}
