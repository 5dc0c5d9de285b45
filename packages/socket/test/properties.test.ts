/**
 * Whatever the schedule and the network: bytes arrive once and in order, or the error says why.
 *
 * A failure prints the seed and the smallest schedule that shows it; PIKE_PROPERTY_SEED runs it
 * again.
 */
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { bind } from "@pike-io/socket";
import { expect } from "chai";
import fc from "fast-check";
import { pattern } from "./peers.js";
import { type Direction, networks, Run, type Step, steps } from "./schedule.js";

const RUNS = Number(process.env["PIKE_PROPERTY_RUNS"] ?? 300);
const seed = process.env["PIKE_PROPERTY_SEED"];
const parameters = { numRuns: RUNS, ...(seed === undefined ? {} : { seed: Number(seed) }) };

describe("whatever the schedule and the network", function () {
  this.timeout(120_000);

  it("bytes of a stream arrive once and in order, or the error says why", async () => {
    const endings = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(networks, steps, async (options, schedule) => {
        const run = await Run.open(options);
        if (run === null) return;
        for (const step of schedule) await run.take(step);
        for (const direction of await run.finish()) {
          check(direction);
          endings.set(direction.ending, (endings.get(direction.ending) ?? 0) + 1);
        }
        for (const code of run.codes) expect(code).to.be.oneOf(allowed(schedule, options));
      }),
      parameters,
    );
    // The property says something only if streams did end both ways.
    if (RUNS >= 100) expect([...endings.keys()]).to.include.members(["end", "ECONNRESET"]);
  });

  it("on a network without faults, all that was sent arrives", async () => {
    const peaceful = steps.map((all) =>
      all.filter(({ does }) => !["close", "abort", "reset", "partition"].includes(does)),
    );
    const perfect = networks.map((options) => ({ ...options, resets: 0 }));
    await fc.assert(
      fc.asyncProperty(perfect, peaceful, async (options, schedule) => {
        const run = await Run.open(options);
        if (run === null) return;
        for (const step of schedule) await run.take(step);
        for (const direction of await run.finish()) {
          check(direction);
          expect(direction.ending).to.equal("end");
        }
      }),
      parameters,
    );
  });

  it("equal seeds and equal schedules have equal outcomes", async () => {
    await fc.assert(
      fc.asyncProperty(networks, steps, async (options, schedule) => {
        const outcomes = [];
        for (let i = 0; i < 2; i++) {
          const run = await Run.open(options);
          if (run === null) return;
          for (const step of schedule) await run.take(step);
          const directions = await run.finish();
          outcomes.push(
            directions.map(({ sent, received, ending }) => [
              sent.map(({ length }) => length),
              received.map(({ length }) => length),
              ending,
            ]),
          );
        }
        expect(outcomes[0]).to.deep.equal(outcomes[1]);
      }),
      { ...parameters, numRuns: Math.ceil(RUNS / 5) },
    );
  });

  it("datagrams arrive whole, from who sent them, and only as often as the network says", async () => {
    const network = fc.record({
      seed: fc.nat(),
      latencyMs: fc.constantFrom(0 as const, [1, 20] as const),
      loss: fc.constantFrom(0, 0.3),
      duplication: fc.constantFrom(0, 0.3),
      reordering: fc.constantFrom(0, 0.3),
    });
    const sizes = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(network, sizes, async (options, sent) => {
        const found = await exchange(options, sent);
        const counts = new Map<number, number>();
        for (const index of found) counts.set(index, (counts.get(index) ?? 0) + 1);
        const most = options.duplication > 0 ? 2 : 1;
        for (const count of counts.values()) expect(count).to.be.at.most(most);
        if (options.loss === 0) expect(counts.size).to.equal(sent.length);
        if (
          options.loss + options.duplication + options.reordering === 0 &&
          options.latencyMs === 0
        ) {
          expect(found).to.deep.equal(sent.map((_, index) => index));
        }
      }),
      parameters,
    );
  });
});

function check({ sent, received, ending }: Direction): void {
  const [all, found] = [Buffer.concat(sent), Buffer.concat(received)];
  expect(found.length, "bytes received of those sent").to.be.at.most(all.length);
  // The received bytes are the first ones sent: none is lost between two, none comes twice.
  expect(Buffer.compare(all.subarray(0, found.length), found)).to.equal(0);
  if (ending === "end") expect(found.length, "bytes before the end").to.equal(all.length);
  else expect(ending).to.be.oneOf(["ECONNRESET", "PIKE_CLOSED", "ETIMEDOUT", "EHOSTUNREACH"]);
}

/** The codes that a schedule can lead to. */
function allowed(schedule: readonly Step[], options: { readonly resets?: number }): string[] {
  const codes = ["PIKE_ABORTED", "PIKE_TIMEOUT", "EPIPE"];
  const does = new Set(schedule.map((step) => step.does));
  if (does.has("close") || does.has("abort")) codes.push("PIKE_CLOSED", "ECONNRESET", "ENOTCONN");
  if (does.has("reset") || (options.resets ?? 0) > 0) codes.push("ECONNRESET", "ENOTCONN");
  if (does.has("partition")) codes.push("ETIMEDOUT", "EHOSTUNREACH", "ECONNRESET", "ENOTCONN");
  // A peer that does not answer for minutes is given up, also where every packet is lost by chance.
  codes.push("ETIMEDOUT");
  return codes;
}

/** Sends datagrams of these sizes, each marked with its index; gives the indices that arrive. */
async function exchange(
  options: ConstructorParameters<typeof MemoryNetwork>[0],
  sizes: readonly number[],
): Promise<number[]> {
  const network = new MemoryNetwork(options);
  const [near, far] = [network.host("10.0.0.1"), network.host("10.0.0.2")];
  const server = await bind({ type: "udp", address: "10.0.0.1", port: 53, notifier: near });
  const client = await bind({ type: "udp", address: "10.0.0.2", port: 0, notifier: far });
  const found: number[] = [];
  const receiving = (async () => {
    const buffer = new Uint8Array(2_100);
    for (;;) {
      const { length, address, truncated } = await server.recvFrom(buffer);
      const index = new DataView(buffer.buffer).getUint32(0);
      expect(truncated).to.equal(false);
      expect(address).to.deep.equal(client.getBindAddress());
      expect(length).to.equal((sizes[index] as number) + 4);
      const body = buffer.subarray(4, length);
      expect(Buffer.compare(body, pattern(length - 4, index + 1))).to.equal(0);
      found.push(index);
    }
  })().catch((error) => {
    if (error.code !== "PIKE_CLOSED") throw error;
  });
  for (const [index, size] of sizes.entries()) {
    const bytes = new Uint8Array(size + 4);
    new DataView(bytes.buffer).setUint32(0, index);
    bytes.set(pattern(size, index + 1), 4);
    const sending = client.sendTo(bytes, server.getBindAddress());
    await network.clock.advance(1);
    await sending;
  }
  await network.clock.advance(5_000);
  await Promise.all([near.close(), far.close()]);
  await receiving;
  return found;
}
