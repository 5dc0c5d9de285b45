/** A UDP port on node:dgram, as the datagram leg wants one. Its owner closes it. */
import dgram from "node:dgram";
import { once } from "node:events";

export const name = "node:dgram";

/** A port whose peer is `address`. `receive` gives null when nothing came within `timeoutMs`. */
export async function openPort({ address, port }) {
  const socket = dgram.createSocket({ type: "udp4", recvBufferSize: 4 << 20 });
  const arrived = [];
  let wake = () => {};
  socket.on("message", (bytes) => {
    arrived.push(bytes);
    wake();
  });
  socket.connect(port, address);
  await once(socket, "connect");
  return {
    send: (bytes) => socket.send(bytes),
    receive: async (timeoutMs) => {
      if (arrived.length === 0) await woken(timeoutMs, (resolve) => (wake = resolve));
      return arrived.shift() ?? null;
    },
    close: () => new Promise((resolve) => socket.close(resolve)),
  };
}

function woken(timeoutMs, onWake) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs);
    onWake(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
