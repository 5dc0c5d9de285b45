/**
 * Hazards of many datagrams at once: memory is looked at after it was given back, and an unsent
 * datagram or a refusal is nobody's.
 */
import { type Contract, contract, type Notifier } from "@pike-io/notifier";
import { type Batch, type Datagram, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { batching, gather, udpAt } from "./batching.js";
import { codeOf, pattern, thrownCode } from "./peers.js";

for (const [name, open] of Object.entries(batching)) {
  for (const loopback of ["127.0.0.1", "::1"]) {
    describe(`the ends of batches over ${name}, at ${loopback}`, () => {
      let notifier: Notifier;
      const udp = (): Promise<Socket> => udpAt(notifier, loopback);
      beforeEach(() => {
        notifier = open();
      });
      afterEach(() => notifier.close());

      it("are not there any more after the iterator's next step, and nothing breaks", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        const iterator = server.batches()[Symbol.asyncIterator]();
        await client.sendTo(pattern(8, 1), address);
        const first = (await iterator.next()).value as Batch;
        const view = first.bytes(0);
        expect(view).to.deep.equal(pattern(8, 1));
        await client.sendTo(pattern(8, 2), address);
        const second = (await iterator.next()).value as Batch;
        expect(first.count).to.equal(0);
        for (const ask of ["offset", "length", "truncated", "address", "bytes"] as const) {
          expect(thrownCode(() => first[ask](0))).to.equal("PIKE_STATE");
        }
        expect(view.length).to.equal(8);
        expect(second.bytes(0)).to.deep.equal(pattern(8, 2));
        expect(await iterator.return?.()).to.deep.equal({ done: true, value: undefined });
        expect(second.count).to.equal(0);
        expect((await iterator.next()).done).to.equal(true);
      });

      it("end when the notifier is closed between two steps, as when it is closed in one", async () => {
        const own = open();
        const server = await udpAt(own, loopback);
        const iterator = server.batches()[Symbol.asyncIterator]();
        const waiting = iterator.next();
        await own.close();
        expect(await waiting).to.deep.equal({ done: true, value: undefined });
        expect(await iterator.next()).to.deep.equal({ done: true, value: undefined });
      });

      it("are asked for by indexes that exist", async () => {
        const [server, client] = [await udp(), await udp()];
        await client.sendMany({ data: pattern(30), size: 10, address: server.getBindAddress() });
        for await (const batch of server.batches()) {
          for (const index of [-1, batch.count, 0.5, Number.NaN, Infinity]) {
            for (const ask of ["offset", "length", "truncated", "address", "bytes"] as const) {
              expect(
                thrownCode(() => batch[ask](index)),
                `${ask} ${index}`,
              ).to.equal("PIKE_RANGE");
            }
          }
          for (const index of ["0", null, undefined, 0n, Symbol("0"), Object.create(null)]) {
            expect(thrownCode(() => batch.offset(index as number))).to.equal("PIKE_TYPE");
          }
          break;
        }
      });

      it("for steps asked for at once are different ones, in order", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        const iterator = server.batches()[Symbol.asyncIterator]();
        const steps = [iterator.next(), iterator.next()];
        await client.sendTo(pattern(1), address);
        const first = (await steps[0])?.value as Batch;
        await client.sendTo(pattern(2), address);
        const second = (await steps[1])?.value as Batch;
        expect([first.count, first.length(0)]).to.deep.equal([1, 1]);
        expect([second.count, second.length(0)]).to.deep.equal([1, 2]);
        await iterator.return?.();
        expect([first.count, second.count]).to.deep.equal([0, 0]);
      });

      it("end with the socket, and with a signal or a deadline only for one step", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        const late = server.batches({ timeoutMs: 1 });
        expect(await codeOf(late.next())).to.equal("PIKE_TIMEOUT");
        await client.sendTo(pattern(3), address);
        expect(((await late.next()).value as Batch).length(0)).to.equal(3);
        const given = new AbortController();
        const step = server.batches({ signal: given.signal }).next();
        given.abort();
        expect(await codeOf(step)).to.equal("PIKE_ABORTED");
        let batches = 0;
        const loop = (async () => {
          for await (const batch of server.batches()) batches += Math.sign(batch.count);
        })();
        await client.sendTo(pattern(3), address);
        await server.recvFrom(new Uint8Array(1), { timeoutMs: 1 }).catch(() => undefined);
        await server.close();
        await loop;
        expect(batches).to.equal(1);
        expect(thrownCode(() => server.batches())).to.equal("PIKE_CLOSED");
      });

      it("that nobody takes are told to their sender, who may go on", async () => {
        const [client, gone] = [await udp(), await udp()];
        const address = gone.getBindAddress();
        await client.connect(address);
        await gone.close();
        const iterator = client.batches()[Symbol.asyncIterator]();
        await client.sendMany([pattern(1)]);
        expect(await codeOf(iterator.next())).to.equal("ECONNREFUSED");
        await client.sendMany([pattern(1)]);
        const failure = await until(client, "ECONNREFUSED");
        expect(failure.transferred).to.equal(0);
        const back = Socket.open(client.family, "datagram").registerTo(notifier);
        back.bind(address);
        await back.connect(client.getBindAddress());
        await back.sendMany([pattern(6)]);
        let batch: Batch | undefined;
        while (batch === undefined) {
          batch = await iterator.next().then(
            ({ value }) => value as Batch,
            (error) => {
              expect(error.code).to.equal("ECONNREFUSED");
              return undefined;
            },
          );
        }
        expect(batch.length(0)).to.equal(6);
      });

      it("of which one cannot go say how many went before it", async () => {
        const [server, client] = [await udp(), await udp()];
        const address = server.getBindAddress();
        const list = [5, 5, 65_530, 5].map((bytes) => ({ data: new Uint8Array(bytes), address }));
        for (const [datagrams, transferred] of [
          [list, 2],
          [list.slice(2), 0],
        ] as const) {
          const error = await client.sendMany(datagrams).then(
            () => ({ code: "resolved", transferred: -1 }),
            (failed) => failed,
          );
          expect([error.code, error.transferred]).to.deep.equal(["EMSGSIZE", transferred]);
        }
        expect((await gather(server, 2)).length).to.equal(2);
      });
    });
  }

  describe(`many datagrams over ${name}: wrong arguments`, () => {
    let notifier: Notifier;
    beforeEach(() => {
      notifier = open();
    });
    afterEach(() => notifier.close());

    it("are refused before anything happens", async () => {
      const udp = Socket.open("ipv4", "datagram").registerTo(notifier);
      const address = { address: "127.0.0.1", port: 9 };
      const data = pattern(4);
      const wrong: [unknown, string][] = [
        [undefined, "PIKE_TYPE"],
        [7, "PIKE_TYPE"],
        [{}, "PIKE_TYPE"],
        [{ data, address }, "PIKE_TYPE"],
        [{ data, size: 0, address }, "PIKE_RANGE"],
        [{ data, size: 65_536, address }, "PIKE_RANGE"],
        [{ data, size: 2, address: { address: "::1", port: 9 } }, "PIKE_RANGE"],
        [[undefined], "PIKE_TYPE"],
        [[data, "text"], "PIKE_TYPE"],
        [[{ data, address: "127.0.0.1:9" }], "PIKE_TYPE"],
        [[{ data, address: { address: "127.0.0.1", port: -1 } }], "PIKE_RANGE"],
        [[new Uint16Array(2)], "PIKE_TYPE"],
      ];
      for (const [datagrams, code] of wrong) {
        expect(await codeOf(udp.sendMany(datagrams as Datagram[]))).to.equal(code);
      }
      for (const size of [0, 65_537, 1.5]) {
        expect(thrownCode(() => udp.batches({ size }))).to.equal("PIKE_RANGE");
      }
      expect(thrownCode(() => udp.batches({ size: "9" as never }))).to.equal("PIKE_TYPE");
      expect(notifier.counters.operations).to.equal(0);
    });

    it("on a stream, or a socket without a descriptor, are refused", async () => {
      const stream = Socket.open("ipv4", "stream").registerTo(notifier);
      expect(thrownCode(() => stream.batches())).to.equal("PIKE_STATE");
      expect(await codeOf(stream.sendMany([]))).to.equal("PIKE_STATE");
      const none = Socket.open("ipv4", "datagram");
      expect(thrownCode(() => none.batches())).to.equal("PIKE_NOT_REGISTERED");
      expect(await codeOf(none.sendMany([]))).to.equal("PIKE_NOT_REGISTERED");
    });

    /** The notifier, as one of an older version of the contract. */
    const older = (changes: Partial<Contract>): Notifier =>
      new Proxy(notifier, {
        get(target, key) {
          if (key === contract) return { ...target[contract], ...changes };
          const value = Reflect.get(target, key, target) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        },
      });

    it("work over a notifier of the version that brought them", async () => {
      const operations = notifier[contract].operations;
      const udp = Socket.open("ipv4", "datagram").registerTo(older({ minor: 1, operations }));
      expect(await udp.sendMany([])).to.equal(0);
      await udp.close();
    });

    it("over a notifier that has none of it are refused, and all else works", async () => {
      const operations = new Set(notifier[contract].operations);
      for (const one of ["recvMany", "sendMany", "acceptMany"]) operations.delete(one);
      const udp = Socket.open("ipv4", "datagram").registerTo(older({ minor: 0, operations }));
      expect(thrownCode(() => udp.batches())).to.equal("PIKE_CONTRACT_MISMATCH");
      expect(await codeOf(udp.sendMany([]))).to.equal("PIKE_CONTRACT_MISMATCH");
    });
  });
}

/** Sends until an error of this code comes, and gives it. */
async function until(client: Socket, code: string): Promise<{ transferred?: number }> {
  for (let tries = 0; tries < 10_000; tries++) {
    const error = await client.sendMany([pattern(1)]).then(
      () => null,
      (failed) => failed,
    );
    if (error !== null) {
      expect(error.code).to.equal(code);
      return error;
    }
    await new Promise((next) => setImmediate(next));
  }
  throw new Error(`never came: ${code}`);
}
