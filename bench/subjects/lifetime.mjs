/**
 * What every server under test does for the benchmark: it says where it listens, and ends with its
 * standard input, so that none outlives the benchmark.
 */

/**
 * Tells the benchmark where to send its load.
 * @param {unknown} address with a port
 */
export function announce(address) {
  const { port } = /** @type {{ port?: unknown }} */ (address);
  if (typeof port !== "number") throw new TypeError("the server listens on no TCP port");
  process.stdin.on("end", () => process.exit()).resume();
  process.stdout.write(`listening ${port}\n`);
}
