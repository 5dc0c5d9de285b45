/**
 * Hazard: native code takes memory from the heap for each message, which costs more than the
 * message and fragments it. Whoever has been warm once takes none.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { run } from "./program.js";
import { refusal } from "./uring.js";

const ROUNDS_WARM = 200;
const ROUNDS = 300;

/** Traffic of every kind, each first warm and then counted; last, what does take memory. */
const program = `
  import { openSync, readSync, writeSync } from "node:fs";
  import { Event } from "@pike-io/event";
  const file = openSync(process.env.PIKE_ALLOCATIONS, "r+");
  const count = (on) => writeSync(file, new BigUint64Array([BigInt(on), 0n]), 0, 16, 0);
  const counted = () => {
    const numbers = new BigUint64Array(2);
    readSync(file, numbers, 0, 16, 0);
    return Number(numbers[1]);
  };

  const notifier = openNotifier();
  const here = { host: "127.0.0.1", port: 0, notifier };
  const listener = await listen(here);
  const pairs = [];
  for (let i = 0; i < 16; i++) {
    const accepted = listener.accept();
    const client = await connect({ ...here, port: listener.address.port });
    pairs.push([await accepted, client]);
  }
  const udp = { type: "udp", address: "127.0.0.1", port: 0, notifier };
  const [one, other, many] = [await bind(udp), await bind(udp), await bind(udp)];
  const event = Event.open(notifier);
  const batches = many.batches()[Symbol.asyncIterator]();
  const allocated = notifier.allocate(200_000);

  const all = (talk) => () => Promise.all(pairs.map(([a, b]) => talk(a, b)));
  const bulk = (data) => async () => {
    const [a, b] = pairs[0];
    const writing = b.writeAll(data);
    const buffer = new Uint8Array(65_536);
    for (let n = 0; n < data.length; ) n += await a.read(buffer);
    await writing;
  };
  const kinds = {
    small: all(async (a, b) => {
      const reading = a.read(new Uint8Array(64));
      await b.writeAll(new Uint8Array(64));
      await reading;
    }),
    chunks: all(async (a, b) => {
      const reading = a.readChunk();
      await b.writeAll(new Uint8Array(100));
      await reading;
    }),
    deadlines: all(async (a, b) => {
      const reading = a.read(new Uint8Array(64), { timeoutMs: 60_000 });
      await b.writeAll(new Uint8Array(64), { timeoutMs: 60_000 });
      await reading;
    }),
    passed: () => pairs[0][0].read(new Uint8Array(9), { timeoutMs: 1 }).catch(() => {}),
    large: bulk(new Uint8Array(200_000)),
    allocated: bulk(allocated),
    vectors: async () => {
      const [a, b] = pairs[0];
      const writing = b.writev([new Uint8Array(500), new Uint8Array(600)]);
      for (let n = 0; n < 1_100; ) n += await a.read(new Uint8Array(1_100));
      await writing;
    },
    datagrams: async () => {
      const receiving = one.recvFrom(new Uint8Array(1_000));
      await other.sendTo(new Uint8Array(200), one.getBindAddress());
      await receiving;
    },
    events: async () => {
      const waiting = event.wait();
      event.post();
      await waiting;
    },
    batches: async () => {
      const receiving = batches.next();
      const data = new Uint8Array(4_000);
      await other.sendMany({ data, size: 1_000, address: many.getBindAddress() });
      await receiving;
    },
  };
  const found = {};
  for (const [kind, talk] of Object.entries(kinds)) {
    for (let i = 0; i < ${ROUNDS_WARM}; i++) await talk();
    count(1);
    for (let i = 0; i < ${ROUNDS}; i++) await talk();
    found[kind] = counted();
    count(0);
  }
  count(1);
  await openNotifier().close();
  found.opening = counted();
  console.log(JSON.stringify(found));
  process.exit();`;

/** The backend of whoever names none. */
const usual = await (async () => {
  const notifier = openNotifier();
  await notifier.close();
  return notifier.backend;
})();

/** Why they cannot be counted here; null when they can. */
const hindrance = ((): string | null => {
  if (process.platform !== "linux") return "only where a library can be preloaded, on Linux";
  if ("bun" in process.versions || "deno" in process.versions) return "only in Node";
  if (process.env["PIKE_SANITIZER"] !== undefined) return "a sanitizer has the heap";
  return null;
})();

describe("messages take no memory from native code's heap", () => {
  let folder: string;
  let library: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-allocations-"));
    library = join(folder, "count_allocations.so");
    if (hindrance !== null) return;
    const source = fileURLToPath(new URL("../test/count_allocations.c", import.meta.url));
    const flags = ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library];
    execFileSync("cc", [...flags, source], { stdio: "inherit" });
  });
  after(() => rmSync(folder, { recursive: true }));

  function check(what: string, env: Readonly<Record<string, string>>, why = hindrance): void {
    if (why !== null) {
      it(`${what} (skipped: ${why})`);
      return;
    }
    it(what, async () => {
      const counts = join(folder, "counts");
      writeFileSync(counts, new Uint8Array(16));
      const preloaded = { ...env, LD_PRELOAD: library, PIKE_ALLOCATIONS: counts };
      const { code, stdout, stderr } = await run(program, preloaded);
      expect([code, stderr]).to.deep.equal([0, ""]);
      const { opening, ...messages } = JSON.parse(stdout) as Record<string, number>;
      expect(opening, "the count sees what there is to see").to.be.above(0);
      expect(messages).to.deep.equal(
        Object.fromEntries(Object.keys(messages).map((kind) => [kind, 0])),
      );
      expect(Object.keys(messages)).to.have.length(10);
    });
  }

  // The stand-in for kqueue keeps its queues in maps; kqueue.cc keeps nothing.
  const queued = usual === "kqueue" ? "the stand-in for kqueue takes memory itself" : null;
  check(`on ${usual}`, { PIKE_NOTIFIER: usual }, hindrance ?? queued);
  for (const sends of ["now", "batch", "turn"]) {
    const env = { PIKE_NOTIFIER: "io_uring", PIKE_URING_SENDS: sends };
    check(`on io_uring, sending by "${sends}"`, env, hindrance ?? refusal);
  }
});
