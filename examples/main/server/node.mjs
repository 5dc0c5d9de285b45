/** The same echo servers on node:net and node:dgram, in a process of their own, to compare with. */
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { join } from "node:path";
import { serve } from "./serve.mjs";

await serve({
  tcp4: (job) => openStream("tcp4", job, { host: "127.0.0.1", port: 0 }),
  tcp6: (job) => openStream("tcp6", job, { host: "::1", port: 0 }),
  unix: (job) => openStream("unix", job, { path: join(job.folder, "node.sock") }),
  plain: openPlain,
  udp: openUdp,
});

/** Sends back what it gets, and hashes it. */
function openStream(name, { receipts }, target) {
  return listenOn(target, (peer) => {
    const receipt = receipts.open(name);
    peer.on("data", (chunk) => {
      receipt.take(chunk);
      echo(peer, chunk);
    });
    peer.on("end", () => {
      receipt.close();
      peer.end();
    });
  });
}

/** The shortest echo server, for small messages: no hash, nothing but the echo. */
function openPlain() {
  return listenOn({ host: "127.0.0.1", port: 0 }, (peer) => {
    peer.on("data", (chunk) => echo(peer, chunk));
    peer.on("end", () => peer.end());
  });
}

function echo(peer, chunk) {
  if (peer.write(chunk)) return;
  peer.pause();
  peer.once("drain", () => peer.resume());
}

async function listenOn(target, onPeer) {
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (peer) => {
    peer.on("error", () => peer.destroy());
    onPeer(peer);
  });
  await once(server.listen(target), "listening");
  const address = server.address();
  return typeof address === "string" ? { path: address } : address;
}

async function openUdp({ transfers }) {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  socket.on("message", (datagram, { port, address }) => {
    transfers.take(port, datagram);
    socket.send(datagram, port, address);
  });
  await once(socket.bind(0, "127.0.0.1"), "listening");
  return socket.address();
}
