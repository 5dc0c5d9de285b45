/** Much of everything: 300 MB over one connection, and 10,000 connections one after another. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import type { IpAddress, Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { connect, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import { descriptorCount, descriptorLinks, dialNode, freshPath, pattern } from "./peers.js";

const BLOCK_BYTES = 1_048_576;
const BLOCKS = 300;
const CONNECTIONS = 10_000;
const AT_ONCE = 50;

describe("much of everything", function () {
  this.timeout(120_000);
  let notifier: Notifier;
  let before: string[];

  beforeEach(() => {
    before = descriptorLinks().filter((link) => link.startsWith("socket:"));
    notifier = openNotifier();
  });

  afterEach(async () => {
    await notifier.close();
    const after = descriptorLinks().filter((link) => link.startsWith("socket:"));
    expect(after).to.have.members(before);
  });

  it("300 MB from a foreign peer and back again arrive as they were sent", async () => {
    const listener = await listen({ host: "127.0.0.1", port: 0, notifier }, async (peer) => {
      const buffer = new Uint8Array(65_536);
      for (let n = await peer.read(buffer); n > 0; n = await peer.read(buffer)) {
        await peer.writeAll(buffer.subarray(0, n));
      }
    });
    const node = await dialNode({ host: "127.0.0.1", port: (listener.address as IpAddress).port });
    const [sent, received] = [createHash("sha256"), createHash("sha256")];
    let count = 0;
    node.on("data", (chunk) => {
      count += chunk.length;
      received.update(chunk);
    });
    const block = pattern(BLOCK_BYTES);
    for (let i = 0; i < BLOCKS; i++) {
      const copy = Buffer.from(block);
      copy.writeUInt32LE(i, 0);
      sent.update(copy);
      if (!node.write(copy)) await once(node, "drain");
    }
    node.end();
    if (!node.readableEnded) await once(node, "end");
    if (!node.closed) await once(node, "close");
    expect(count).to.equal(BLOCKS * BLOCK_BYTES);
    expect(received.digest("hex")).to.equal(sent.digest("hex"));
    expect(notifier.counters.bytesRead).to.equal(count);
    expect(notifier.counters.bytesWritten).to.equal(count);
    await listener.close();
  });

  it("10,000 connections opened and closed leave no descriptor and no handle", async () => {
    const tcp = await listen({ host: "127.0.0.1", port: 0, notifier }, echoOnce);
    // Windows has no Unix sockets here: IPv6 then.
    const other = process.platform === "win32" ? { host: "::1", port: 0 } : { path: freshPath() };
    const second = await listen({ ...other, notifier }, echoOnce);
    const { port } = tcp.address as IpAddress;
    const there = second.address;
    const secondTarget =
      there.family === "unix"
        ? { path: (there as { path: string }).path }
        : { host: "::1", port: (there as IpAddress).port };
    const descriptors = descriptorCount();
    const { handles } = notifier.counters;
    let echoed = 0;
    const one = async (index: number): Promise<void> => {
      const target = index % 2 === 0 ? { host: "127.0.0.1", port } : secondTarget;
      const socket = await connect({ ...target, notifier });
      await socket.writeAll(Uint8Array.of(index & 255));
      const answer = await socket.readChunk();
      expect(answer?.[0]).to.equal(index & 255);
      echoed++;
      // An abortive close leaves no port waiting (TIME_WAIT), so that the test can be run again.
      await (index % 4 === 1 ? socket.close() : socket.abort());
    };
    for (let index = 0; index < CONNECTIONS; index += AT_ONCE) {
      await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => one(index + i)));
      expect(descriptorCount()).to.be.at.most(descriptors + 2 * AT_ONCE);
    }
    expect(echoed).to.equal(CONNECTIONS);
    while (notifier.counters.handles > handles) await new Promise((next) => setImmediate(next));
    expect(descriptorCount()).to.equal(descriptors);
    expect(notifier.counters.pending).to.equal(2);
    await Promise.all([tcp.close(), second.close()]);
  });

  it("20,000 datagrams of every size there and back", async () => {
    const { bind } = await import("@pike-io/socket");
    const target = { type: "udp", address: "127.0.0.1", port: 0, notifier } as const;
    const [server, client] = await Promise.all([bind(target), bind(target)]);
    const bytes = pattern(1_500);
    const [there, back] = [new Uint8Array(1_500), new Uint8Array(1_500)];
    for (let i = 0; i < 20_000; i++) {
      const size = (i * 7) % 1_500;
      await client.sendTo(bytes.subarray(0, size), server.getBindAddress());
      const asked = await server.recvFrom(there);
      await server.sendTo(there.subarray(0, asked.length), asked.address);
      const answer = await client.recvFrom(back);
      if (answer.length !== size || back[size - 1] !== bytes[size - 1]) {
        expect.fail(`datagram ${i}: ${answer.length} bytes of ${size}`);
      }
    }
    expect(notifier.counters.bytesRead).to.equal(notifier.counters.bytesWritten);
  });
});

async function echoOnce(peer: Socket): Promise<void> {
  try {
    const chunk = await peer.readChunk();
    if (chunk !== null) await peer.writeAll(chunk);
    await peer.read(new Uint8Array(1));
  } catch (error) {
    // An abortive close of the client ends the last read.
    expect((error as { code?: string }).code).to.equal("ECONNRESET");
  }
}
