/** Hazard: a batch used after its loan, or asked for what it has not, shows another's memory. */
import type { Notifier } from "@pike-io/notifier";
import { type Batch, bind, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { batching, portOf } from "./batching.js";
import { codeOf, thrownCode } from "./peers.js";

for (const [name, open] of Object.entries(batching)) {
  describe(`batches used wrongly, over ${name}`, () => {
    let notifier: Notifier;
    let socket: Socket;

    beforeEach(async () => {
      notifier = open();
      const address = name === "memory" ? "10.0.0.1" : "127.0.0.1";
      socket = await bind({ type: "udp", address, port: 0, notifier, reuseAddress: true });
    });
    afterEach(() => notifier.close());

    const receive = async (): Promise<[AsyncIterator<Batch>, Batch]> => {
      const batches = socket.batches()[Symbol.asyncIterator]();
      const next = batches.next();
      await socket.sendTo(Buffer.from("one"), socket.getBindAddress());
      const { value } = await next;
      return [batches, value as Batch];
    };

    it("an index beyond the batch, or none, is refused", async () => {
      const [, batch] = await receive();
      expect(batch.count).to.equal(1);
      expect(Buffer.from(batch.bytes(0)).toString()).to.equal("one");
      for (const index of [1, -1, 0.5, Number.NaN, 2 ** 32]) {
        expect(thrownCode(() => batch.length(index))).to.equal("PIKE_RANGE");
        expect(thrownCode(() => batch.bytes(index))).to.equal("PIKE_RANGE");
      }
      for (const index of ["0", null, undefined, {}]) {
        expect(thrownCode(() => batch.offset(index as never))).to.equal("PIKE_TYPE");
        expect(thrownCode(() => batch.address(index as never))).to.equal("PIKE_TYPE");
        expect(thrownCode(() => batch.truncated(index as never))).to.equal("PIKE_TYPE");
      }
    });

    it("after the iterator's next step or its end the batch is empty", async () => {
      const [batches, batch] = await receive();
      await batches.return?.();
      expect(batch.count).to.equal(0);
      const uses = [
        () => batch.bytes(0),
        () => batch.length(0),
        () => batch.offset(0),
        () => batch.address(0),
        () => batch.truncated(0),
      ];
      for (const use of uses) expect(thrownCode(use)).to.equal("PIKE_STATE");
      expect((await batches.next()).done).to.equal(true);
    });

    it("lists and pieces that are none are refused before anything is sent", async () => {
      const address = socket.getBindAddress();
      const data = new Uint8Array(4);
      const junk = [undefined, null, 1, "text", [1], [{}], [null], [{ data: "x" }], {}, { data }];
      for (const value of junk) {
        expect(await codeOf(socket.sendMany(value as never))).to.be.oneOf([
          "PIKE_TYPE",
          "PIKE_RANGE",
        ]);
      }
      for (const size of [0, -1, 1.5, 65_536]) {
        expect(await codeOf(socket.sendMany({ data, size, address }))).to.equal("PIKE_RANGE");
      }
      const wrong = [
        { data, address },
        { data, address: { address: 1 } },
      ];
      expect(await codeOf(socket.sendMany(wrong as never))).to.be.oneOf(["PIKE_TYPE"]);
      expect(socket.counters.bytesWritten).to.equal(0);
    });

    it("a list of bare arrays and addressed ones goes where each says", async () => {
      const other = await bind({
        type: "udp",
        address: name === "memory" ? "10.0.0.1" : "127.0.0.1",
        port: 0,
        notifier,
      });
      await socket.connect(other.getBindAddress());
      const reading = other.recvFrom(new Uint8Array(10));
      const address = other.getBindAddress();
      expect(
        await socket.sendMany([new Uint8Array(1), { data: new Uint8Array(2), address }]),
      ).to.equal(2);
      expect((await reading).length).to.equal(1);
      expect((await other.recvFrom(new Uint8Array(10))).length).to.equal(2);
      expect(portOf(other)).to.be.above(0);
    });

    it("a stream has no datagrams", async () => {
      const stream = Socket.open("ipv4", "stream").registerTo(notifier);
      expect(thrownCode(() => stream.batches())).to.equal("PIKE_STATE");
      expect(await codeOf(stream.sendMany([]))).to.equal("PIKE_STATE");
      await stream.close();
    });
  });
}
