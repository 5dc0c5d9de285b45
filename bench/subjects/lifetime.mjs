/**
 * What every server under test does for the benchmark, on any runtime: it says where it listens,
 * answers questions on standard input, and ends with it, so that none outlives the benchmark.
 */
import process from "node:process";

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

/** What the JavaScript heap and its array buffers take up. */
function heapBytes() {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}
