/** The echo servers on pike, in a process of their own. */
import { join } from "node:path";
import { bind, listen } from "pike-io";
import { serve } from "./serve.mjs";

await serve({
  tcp4: (job) => openStream("tcp4", job, { host: "127.0.0.1", port: 0 }),
  tcp6: (job) => openStream("tcp6", job, { host: "::1", port: 0 }),
  unix: (job) => openStream("unix", job, { path: join(job.folder, "pike.sock") }),
  plain: openPlain,
  udp: openUdp,
});

/** Sends back what it gets, and hashes it. */
async function openStream(name, { receipts }, target) {
  const listener = await listen(target, async (peer) => {
    const receipt = receipts.open(name);
    const buffer = new Uint8Array(65_536);
    for (let count; (count = await peer.read(buffer)) > 0; ) {
      const bytes = buffer.subarray(0, count);
      receipt.take(bytes);
      await peer.writeAll(bytes);
    }
    receipt.close();
  });
  return listener.address;
}

/** The shortest echo server, for small messages: no hash, nothing but the echo. */
async function openPlain() {
  const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
    for await (const chunk of peer) await peer.writeAll(chunk);
  });
  return listener.address;
}

async function openUdp({ transfers }) {
  const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0 });
  socket.set("receiveBuffer", 4 << 20);
  echoDatagrams(socket, transfers);
  return socket.getBindAddress();
}

async function echoDatagrams(socket, transfers) {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const { length, address } = await socket.recvFrom(buffer);
    const datagram = buffer.subarray(0, length);
    transfers.take(address.port, datagram);
    await socket.sendTo(datagram, address);
  }
}
