import { ALL } from "@pike-io/notifier";
import { expect } from "chai";
import { Ask, connectedPair, finish, Lab, pattern, readChunk, writeAll } from "./lab.js";

/** Takes the memory away from under an array, as postMessage does. */
function detach(array: Uint8Array): void {
  structuredClone(array.buffer, { transfer: [array.buffer as ArrayBuffer] });
}

/**
 * An ArrayBuffer that can be resized: ES2024, which Node 20 has and the compiler's library hasn't.
 */
interface Resizable extends ArrayBuffer {
  resize(byteLength: number): void;
}

function resizable(byteLength: number): Resizable {
  const construct = ArrayBuffer as unknown as new (size: number, options: object) => Resizable;
  return new construct(byteLength, { maxByteLength: 20 });
}

describe("the caller's memory", () => {
  it("that was detached during a read gives PIKE_BUFFER, and the bytes stay", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const buffer = new Uint8Array(10);
    const read = new Ask(near, "read", server, { buffer });
    detach(buffer);
    writeAll(far, client, pattern(4));
    await network.clock.advance(1);
    expect(read.result).to.equal("PIKE_BUFFER");
    const next = readChunk(near, server);
    await finish(network, next);
    expect(next.chunk).to.deep.equal(pattern(4));
  });

  it("that shrank during a read gives PIKE_BUFFER, also one of several", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const memory = resizable(10);
    const arrays = [new Uint8Array(4), new Uint8Array(memory)];
    const read = new Ask(near, "read", server, { buffer: arrays });
    memory.resize(9);
    writeAll(far, client, pattern(4));
    await network.clock.advance(1);
    expect(read.result).to.equal("PIKE_BUFFER");
    expect([...(arrays[0] as Uint8Array)]).to.deep.equal([0, 0, 0, 0]);
    const grown = new Ask(near, "read", server, { buffer: new Uint8Array(memory) });
    await finish(network, grown);
    expect(grown.result).to.equal("ok 4");
  });

  it("that grew is filled no further than it was", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const memory = resizable(2);
    const read = new Ask(near, "read", server, { buffer: new Uint8Array(memory) });
    memory.resize(20);
    writeAll(far, client, pattern(9));
    await network.clock.advance(1);
    expect(read.result).to.equal("ok 2");
  });

  it("that was detached during a write gives PIKE_BUFFER, and how far it came", async () => {
    const network = new Lab({ socketBuffer: 50 });
    const { near, far, server, client } = await connectedPair(network);
    const buffer = pattern(200);
    const write = new Ask(far, "write", client, { buffer, flags: ALL });
    const next = writeAll(far, client, Uint8Array.of(7));
    detach(buffer);
    const read = readChunk(near, server);
    await finish(network, read, next);
    expect([write.result, write.transferred]).to.deep.equal(["PIKE_BUFFER", 100]);
    expect(read.chunk).to.deep.equal(pattern(100));
  });

  it("belongs to the caller again at once: what was written is a copy", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    const buffer = pattern(5);
    await finish(network, writeAll(far, client, buffer));
    buffer.fill(99);
    const read = readChunk(near, server);
    await finish(network, read);
    expect(read.chunk).to.deep.equal(pattern(5));
  });

  it("of a chunk is fresh, exact, and never more than was asked for", async () => {
    const network = new Lab();
    const { near, far, server, client } = await connectedPair(network);
    writeAll(far, client, pattern(70_000));
    const sizes: number[] = [];
    for (const size of [10, 1, 65_536]) {
      const read = readChunk(near, server, size);
      await finish(network, read);
      const chunk = read.chunk as Uint8Array;
      expect(chunk.buffer.byteLength).to.equal(chunk.length);
      sizes.push(chunk.length);
    }
    expect(sizes).to.deep.equal([10, 1, 65_536]);
  });

  it("of a datagram that was detached leaves the datagram to the next read", async () => {
    const network = new Lab();
    const notifier = network.host("10.0.0.1");
    const handle = notifier.openSocket({ family: "ipv4", type: "datagram" });
    notifier.bind(handle, { family: "ipv4", address: "127.0.0.1", port: 9 });
    const buffer = new Uint8Array(10);
    const read = new Ask(notifier, "recvFrom", handle, { buffer });
    detach(buffer);
    const address = notifier.localAddress(handle);
    new Ask(notifier, "sendTo", handle, { buffer: pattern(3), address });
    await network.clock.advance(0);
    expect(read.result).to.equal("PIKE_BUFFER");
    expect(new Ask(notifier, "recvFrom", handle, { size: 10 }).result).to.equal("ok 3");
  });
});
