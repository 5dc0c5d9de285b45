/** Measures a piece of work: seconds, and the CPU time that a server process spent on it. */
export async function measure(server, work) {
  const cpu = await server.cpu();
  const start = performance.now();
  const result = await work();
  const seconds = (performance.now() - start) / 1_000;
  return { result, seconds, cpuMicros: (await server.cpu()) - cpu };
}

/** Runs `work(item)` over the items, at most `width` at a time; stops at the first failure. */
export async function forEachOf(items, width, work) {
  const rest = items[Symbol.iterator]();
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

/** What a client connects to, of what a server says. */
export function targetOf({ path, address, port }) {
  return path === undefined ? { host: address, port } : { path };
}
