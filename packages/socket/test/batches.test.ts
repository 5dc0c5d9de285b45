/**
 * Hazards of many datagrams at once: one is lost between two batches or taken for two,
 * and a cut one passes for whole.
 */
import type { Notifier } from "@pike-io/notifier";
import type { Socket } from "@pike-io/socket";
import { expect } from "chai";
import fc from "fast-check";
import { batching, gather, portOf, udpAt } from "./batching.js";
import { pattern } from "./peers.js";

const RUNS = Number(process.env["PIKE_PROPERTY_RUNS"] ?? 100);
const seed = process.env["PIKE_PROPERTY_SEED"];

for (const [name, open] of Object.entries(batching)) {
  for (const loopback of ["127.0.0.1", "::1"]) {
    describe(`many datagrams over ${name}, at ${loopback}`, () => {
      let notifier: Notifier;
      const udp = (): Promise<Socket> => udpAt(notifier, loopback);
      beforeEach(() => {
        notifier = open();
      });
      afterEach(() => notifier.close());

      it("arrive whole and in order, however they were sent and from how many", async function () {
        this.timeout(60_000);
        const size = fc.oneof(
          { weight: 3, arbitrary: fc.constantFrom(0, 1, 64, 1_200) },
          { weight: 1, arbitrary: fc.integer({ min: 0, max: 9_000 }) },
        );
        // Runs of equal sizes, so that there is something to merge.
        const sizes = fc
          .array(fc.tuple(size, fc.integer({ min: 1, max: 12 })), { minLength: 1, maxLength: 5 })
          .map((runs) => runs.flatMap(([bytes, times]) => new Array<number>(times).fill(bytes)));
        const schedule = fc.array(fc.tuple(fc.nat(2), sizes, fc.boolean()), {
          minLength: 1,
          maxLength: 4,
        });
        const server = await udp();
        server.set("receiveBuffer", 4 << 20);
        const address = server.getBindAddress();
        const clients = [await udp(), await udp(), await udp()];
        await fc.assert(
          fc.asyncProperty(schedule, async (steps) => {
            const sent = clients.map((): Uint8Array[] => []);
            for (const [which, list, pieces] of steps) {
              const client = clients[which] as Socket;
              const first = list[0] as number;
              if (pieces && first > 0) {
                const data = pattern(first * list.length - 1 || 1, list.length);
                await client.sendMany({ data, size: first, address });
                for (let at = 0; at < data.length; at += first) {
                  sent[which]?.push(data.subarray(at, at + first));
                }
              } else {
                const datagrams = list.map((bytes, i) => ({ data: pattern(bytes, i), address }));
                expect(await client.sendMany(datagrams)).to.equal(list.length);
                sent[which]?.push(...datagrams.map(({ data }) => data));
              }
            }
            const taken = await gather(server, sent.flat().length);
            for (const [i, client] of clients.entries()) {
              const own = taken.filter(({ port }) => port === portOf(client));
              expect(own.map(({ bytes }) => bytes)).to.deep.equal(sent[i]);
            }
          }),
          { numRuns: RUNS / 4, ...(seed === undefined ? {} : { seed: Number(seed) }) },
        );
      });

      it("longer than was asked for are cut and say so, merged on the way or not", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        await client.sendMany({ data: pattern(350, 5), size: 100, address });
        await client.sendTo(pattern(61), address);
        const seen: [number, boolean][] = [];
        for await (const batch of server.batches({ size: 60 })) {
          for (let i = 0; i < batch.count; i++) {
            expect(batch.bytes(i).length).to.equal(batch.length(i));
            seen.push([batch.length(i), batch.truncated(i)]);
          }
          if (seen.length === 5) break;
        }
        const cut: [number, boolean] = [60, true];
        expect(seen).to.deep.equal([cut, cut, cut, [50, false], cut]);
      });

      it("leave the reader one by one what a loop over batches has not taken, in order", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        await client.sendTo(pattern(1), address);
        for await (const batch of server.batches()) {
          expect(batch.count).to.equal(1);
          break;
        }
        await client.sendMany({ data: pattern(90, 3), size: 10, address });
        const buffer = new Uint8Array(100);
        for (let i = 0; i < 4; i++) {
          const { length, truncated } = await server.recvFrom(buffer);
          expect([length, truncated]).to.deep.equal([10, false]);
          expect(buffer.subarray(0, 10)).to.deep.equal(
            pattern(90, 3).subarray(10 * i, 10 * i + 10),
          );
        }
        const small = await server.recvFrom(buffer.subarray(0, 3));
        expect([small.length, small.truncated]).to.deep.equal([3, true]);
        expect(await server.wait("read")).to.deep.equal({ readable: true, writable: false });
        const rest = await gather(server, 4);
        expect(rest.map(({ bytes }) => bytes)).to.deep.equal(
          [5, 6, 7, 8].map((i) => pattern(90, 3).subarray(10 * i, 10 * i + 10)),
        );
      });
    });
  }
}
