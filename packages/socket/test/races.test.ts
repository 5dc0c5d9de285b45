/**
 * Abort signals, deadlines and closing in races with completion, through the promises of sockets.
 */
import type { IpAddress, Notifier } from "@pike-io/notifier";
import { connect, type Listener, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, notifiers, pattern } from "./peers.js";

const RACES = 2_000;

for (const [name, open] of Object.entries(notifiers)) {
  describe(`races over ${name}`, () => {
    let notifier: Notifier;
    let listener: Listener;

    beforeEach(async () => {
      notifier = open();
      listener = await listen({ host: "127.0.0.1", port: 0, notifier });
    });

    afterEach(() => notifier.close());

    async function pair(): Promise<{ server: Socket; client: Socket }> {
      const { port } = listener.address as IpAddress;
      const [server, client] = await Promise.all([
        listener.accept(),
        connect({ host: "127.0.0.1", port, notifier }),
      ]);
      return { server, client };
    }

    it("of abort and deadline against bytes that come: none is lost, none comes twice", async () => {
      const { server, client } = await pair();
      const found: number[] = [];
      const codes = new Set<string>();
      for (let i = 0; i < RACES; i++) {
        const controller = new AbortController();
        const { signal } = controller;
        const options = i % 3 === 0 ? { signal, timeoutMs: i % 2 } : { signal };
        const buffer = new Uint8Array(1);
        const reading = server.read(buffer, options).then(
          () => found.push(buffer[0] as number),
          (error) => codes.add(error.code),
        );
        const writing = client.writeAll(Uint8Array.of(i & 255));
        await pause(i);
        controller.abort();
        await Promise.all([reading, writing]);
      }
      client.shutdown("write");
      for await (const chunk of server) found.push(...chunk);
      expect(found).to.have.length(RACES);
      expect(found.every((byte, index) => byte === (index & 255))).to.equal(true);
      expect(
        [...codes].every((code) => code === "PIKE_ABORTED" || code === "PIKE_TIMEOUT"),
      ).to.equal(true);
    });

    it("of closing against everything at once: each promise settles, and once", async () => {
      let settled = 0;
      for (let i = 0; i < 300; i++) {
        const { server, client } = await pair();
        const controller = new AbortController();
        const { signal } = controller;
        const promises = [
          server.read(new Uint8Array(4)),
          server.readChunk(10, { signal }),
          server.wait("read", { timeoutMs: 1 }),
          server.writeAll(pattern(100), { signal }),
          client.writeAll(pattern(100)),
          client.read(new Uint8Array(1), { timeoutMs: 2 }),
        ].map((promise) => codeOf(promise as Promise<unknown>));
        await pause(i);
        if (i % 2 === 0) controller.abort();
        const closing = [i % 5 === 0 ? server.abort() : server.close(), client.close()];
        if (i % 2 === 1) controller.abort();
        await Promise.all(closing);
        for (const code of await Promise.all(promises)) {
          settled++;
          expect(code).to.be.oneOf([
            ...["resolved", "PIKE_CLOSED", "PIKE_ABORTED", "PIKE_TIMEOUT"],
            ...["ECONNRESET", "EPIPE"],
          ]);
        }
      }
      expect(settled).to.equal(1_800);
      expect(notifier.counters.handles).to.equal(1);
      expect(notifier.counters.pending).to.equal(0);
    });

    it("of a signal shared by thousands of operations: no listener stays on it", async () => {
      const { server, client } = await pair();
      const controller = new AbortController();
      const counted = countListeners(controller.signal);
      const buffer = new Uint8Array(1);
      for (let i = 0; i < RACES; i++) {
        const reading = server.read(buffer, { signal: controller.signal });
        await client.writeAll(buffer);
        await reading;
      }
      expect(counted()).to.equal(0);
      const last = codeOf(server.read(buffer, { signal: controller.signal }));
      controller.abort();
      expect(await last).to.equal("PIKE_ABORTED");
      expect(counted()).to.equal(0);
    });
  });
}

/** Watches how many listeners a signal has. */
function countListeners(signal: AbortSignal): () => number {
  let count = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given: Parameters<typeof addEventListener>) => {
    count++;
    return addEventListener.apply(signal, given);
  };
  signal.removeEventListener = (...given: Parameters<typeof removeEventListener>) => {
    count--;
    return removeEventListener.apply(signal, given);
  };
  return () => count;
}

/** Lets a little happen, differently each time. */
async function pause(round: number): Promise<void> {
  if (round % 4 === 0) return;
  if (round % 4 === 1) await null;
  for (let i = round % 4; i > 1; i--) await new Promise((resolve) => setImmediate(resolve));
}
