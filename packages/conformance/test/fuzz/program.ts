/**
 * The fuzz itself, a program of its own: node program.js <native|memory> <calls> <seed>.
 *
 * It makes random calls, and ends with a line of figures. Anything that is not an error of pike's
 * makes it fail: another exception, a rejection that nobody saw, a promise that never settles, a
 * descriptor that is left.
 */
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { actions } from "./actions.js";
import { Random } from "./values.js";
import { signals, stage } from "./windows.js";
import { openings, World } from "./world.js";

const [kind = "native", calls = "100000", seed = "1"] = process.argv.slice(2);

/** Errors that the fuzz itself makes: of its handlers, lookups and hostile objects. */
const OWN = /^(handler|from junk|do not look|no port)$/;

const folder = mkdtempSync(join(tmpdir(), "pike-fuzz-"));
process.chdir(folder);
process.on("exit", () => {
  process.chdir(tmpdir()); // Windows removes no folder that somebody is in
  rmSync(folder, { recursive: true, force: true });
});

let last = "";
function fail(what: string, error: unknown): never {
  console.error(`${what}, in or after ${last} (seed ${seed}):`, error);
  process.exit(1);
}
process.on("uncaughtException", (error) => {
  if (!OWN.test(error.message)) fail("an uncaught exception", error);
});
process.on("unhandledRejection", (error) => {
  if (!OWN.test((error as Error)?.message)) fail("a rejection that nobody saw", error);
});

const counts = { calls: 0, errors: 0, promises: 0, settled: 0 };
const codes = new Map<string, number>();

function judge(name: string, error: unknown): void {
  counts.errors++;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  if (message !== undefined && OWN.test(message)) return;
  if (typeof code !== "string" || !(error instanceof Error))
    fail(`${name}: no error of pike's`, error);
  codes.set(code, (codes.get(code) ?? 0) + 1);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function openSockets(): string[] {
  if (stage !== null) return [`${stage.handles()} handles`];
  const links = readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  // The descriptor that reads the folder, and what it named, are gone by now.
  return links.filter((link) => !link.startsWith("/proc/")).sort();
}

async function run(): Promise<void> {
  const random = new Random(Number(seed));
  await turn();
  // Whatever is loaded or opened once for the whole process is there after this.
  const first = new World(new Random(0), kind === "native");
  await openings.signal(first.main, [signals[0]] as never).close();
  first.openPipe();
  for (const family of ["ipv4", "ipv6"] as const) {
    for (const type of ["stream", "datagram"] as const) first.main.openSocket({ family, type });
  }
  await first.close();
  const before = openSockets();
  const world = new World(random, kind === "native");
  const pending = new Map<number, string>();
  for (let i = 0; i < Number(calls); i++) {
    const [name, action] = random.pick(actions);
    last = name;
    counts.calls++;
    try {
      const result = action(world);
      if (typeof (result as Promise<unknown> | undefined)?.then === "function") {
        counts.promises++;
        pending.set(i, name);
        const settle = (): void => {
          counts.settled++;
          pending.delete(i);
        };
        (result as Promise<unknown>).then(settle, (error) => {
          settle();
          judge(name, error);
        });
      }
    } catch (error) {
      judge(name, error);
    }
    if (random.chance(0.02)) await turn();
  }
  last = "closing";
  await world.close();
  for (let i = 0; i < 1_000 && pending.size > 0; i++) await turn();
  if (pending.size > 0) fail("promises that never settle", [...new Set(pending.values())]);
  for (const notifier of world.notifiers) {
    const { pending: left, handles } = notifier.counters;
    if (left !== 0 || handles !== 0) fail("something is left in a notifier", { left, handles });
  }
  for (let i = 0; i < 100 && openSockets().join() !== before.join(); i++) await turn();
  const after = openSockets();
  if (after.join() !== before.join()) fail("descriptors are left", { before, after });
  console.log(JSON.stringify({ ...counts, codes: Object.fromEntries([...codes].sort()) }));
}

await run();
process.exit(0);
