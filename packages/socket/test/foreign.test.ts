/** Peers that are not pike: node:net and node:dgram, well and badly behaved, over IPv4 and IPv6. */
import dgram from "node:dgram";
import { once } from "node:events";
import type net from "node:net";
import type { IpAddress, Notifier, PikeError } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { bind, connect, type Listener, listen, type Socket } from "@pike-io/socket";
import { expect } from "chai";
import {
  codeOf,
  descriptorCount,
  dialNode,
  listenNode,
  pattern,
  settledDescriptorCount,
  until,
} from "./peers.js";

for (const host of ["127.0.0.1", "::1"]) {
  describe(`a foreign peer over ${host}`, () => {
    let notifier: Notifier;
    let listener: Listener;
    let before: number;

    beforeEach(async () => {
      before = await settledDescriptorCount();
      notifier = openNotifier();
      listener = await listen({ host, port: 0, notifier });
    });

    afterEach(async () => {
      await notifier.close();
      expect(descriptorCount()).to.equal(before);
    });

    /** A pair: pike's end, and node:net's. */
    async function pair(): Promise<{ peer: Socket; node: net.Socket }> {
      const { port } = listener.address as IpAddress;
      const [peer, node] = await Promise.all([listener.accept(), dialNode({ host, port })]);
      return { peer, node };
    }

    async function gone(node: net.Socket): Promise<void> {
      node.destroy();
      if (!node.closed) await once(node, "close");
    }

    it("and pike agree on both addresses", async () => {
      const { peer, node } = await pair();
      const { address, port } = peer.getPeerAddress() as IpAddress;
      expect([address, port]).to.deep.equal([node.localAddress, node.localPort]);
      const own = peer.getBindAddress() as IpAddress;
      expect([own.address, own.port]).to.deep.equal([node.remoteAddress, node.remotePort]);
      await gone(node);
    });

    it("that resets: ECONNRESET to the reader, never an end, and the listener lives", async () => {
      const { peer, node } = await pair();
      const reading = codeOf(peer.read(new Uint8Array(10)));
      node.resetAndDestroy();
      expect(await reading).to.equal("ECONNRESET");
      const next = await pair();
      expect(next.peer.state).to.equal("open");
      await gone(next.node);
      await gone(node);
    });

    it("that half-closes gets its whole answer, and ends when we do (lesson 3)", async () => {
      const { peer, node } = await pair();
      node.end(pattern(1_000));
      let received = 0;
      for await (const chunk of peer) received += chunk.byteLength;
      expect(received).to.equal(1_000);
      const answer = pattern(3_000_000, 2);
      const writing = peer.writeAll(answer).then(() => peer.shutdown("write"));
      const chunks: Buffer[] = [];
      for await (const chunk of node) chunks.push(chunk as Buffer);
      await writing;
      expect(Buffer.compare(Buffer.concat(chunks), answer)).to.equal(0);
      await gone(node);
    });

    it("that we half-close goes on sending, and we go on reading", async () => {
      const { peer, node } = await pair();
      peer.shutdown("write");
      node.resume();
      await once(node, "end");
      node.end(pattern(5_000));
      const chunks: Uint8Array[] = [];
      for await (const chunk of peer) chunks.push(chunk);
      expect(Buffer.compare(Buffer.concat(chunks), pattern(5_000))).to.equal(0);
      await gone(node);
    });

    it("that vanishes with our bytes unread: the writer is told, and the process lives", async () => {
      const { peer, node } = await pair();
      node.pause();
      const writing = peer.writeAll(new Uint8Array(64_000_000)).catch((error) => error);
      await until(() => peer.counters.bytesWritten > 0, "the write began");
      node.destroy();
      const error: PikeError = await writing;
      expect(error.code).to.be.oneOf(["ECONNRESET", "EPIPE"]);
      expect(error.transferred).to.be.above(0).and.below(64_000_000);
      await gone(node);
    });

    it("that sends one byte at a time", async () => {
      const { peer, node } = await pair();
      node.setNoDelay(true);
      const bytes = pattern(2_000);
      const sending = (async () => {
        for (const byte of bytes) {
          await new Promise((resolve) => node.write(Uint8Array.of(byte), resolve));
        }
        node.end();
      })();
      const chunks: Uint8Array[] = [];
      for await (const chunk of peer) chunks.push(chunk);
      await sending;
      expect(Buffer.compare(Buffer.concat(chunks), bytes)).to.equal(0);
      await gone(node);
    });

    it("that reads slowly holds the writer back, and gets every byte", async () => {
      const { peer, node } = await pair();
      const bytes = pattern(8_000_000);
      let written = false;
      const writing = peer.writeAll(bytes).then(() => {
        written = true;
        peer.shutdown("write");
      });
      node.pause();
      const chunks: Buffer[] = [];
      let held = 0;
      for (let ended = false; !ended; ) {
        const chunk = node.read(20_000) ?? node.read();
        if (chunk !== null) {
          chunks.push(chunk as Buffer);
          if (!written) held++;
          continue;
        }
        ended = node.readableEnded;
        if (!ended) await Promise.race([once(node, "readable"), once(node, "end")]);
      }
      await writing;
      expect(held, "reads while the writer waited").to.be.above(10);
      expect(Buffer.compare(Buffer.concat(chunks), bytes)).to.equal(0);
      await gone(node);
    });

    it("as a server: pike connects, echoes, and sees it end", async () => {
      const { server, port } = await listenNode(host, (socket) => socket.pipe(socket));
      const socket = await connect({ host, port, notifier });
      const bytes = pattern(300_000);
      const writing = socket.writeAll(bytes).then(() => socket.shutdown("write"));
      const chunks: Uint8Array[] = [];
      for await (const chunk of socket) chunks.push(chunk);
      await writing;
      expect(Buffer.compare(Buffer.concat(chunks), bytes)).to.equal(0);
      await socket.close();
      server.close();
      await once(server, "close");
    });

    it("as a datagram socket: any size, none, and cut to the buffer", async () => {
      const node = dgram.createSocket(host === "::1" ? "udp6" : "udp4");
      node.bind(0, host);
      await once(node, "listening");
      const socket = await bind({ type: "udp", address: host, port: 0, notifier });
      const { port } = socket.getBindAddress() as IpAddress;
      const to = node.address();
      const buffer = new Uint8Array(1_400);
      for (const size of [1_400, 0, 1, 1_401, 1_400]) {
        node.send(pattern(size), port, host);
        const found = await socket.recvFrom(buffer);
        expect(found.length).to.equal(Math.min(size, 1_400));
        expect(found.truncated).to.equal(size > 1_400);
        expect(found.address).to.include({ address: to.address, port: to.port });
        const answer = once(node, "message");
        await socket.sendTo(pattern(size), found.address);
        const [message, from] = await answer;
        expect(Buffer.compare(message, pattern(size))).to.equal(0);
        expect(from.port).to.equal(port);
      }
      node.close();
      await once(node, "close");
    });

    it("that is not there: a connected datagram socket is told by the network", async () => {
      const { server, port } = await listenNode(host, () => {});
      server.close();
      await once(server, "close");
      const socket = await connect({ type: "udp", address: host, port, notifier });
      await socket.send(pattern(3));
      expect(await codeOf(socket.recv(new Uint8Array(3)))).to.equal("ECONNREFUSED");
      await socket.send(pattern(3));
    });
  });
}
