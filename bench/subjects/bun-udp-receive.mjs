/** Counts datagrams on Bun's own sockets. */
import { announce } from "./lifetime.mjs";

let datagrams = 0;
let bytes = 0;

const socket = await Bun.udpSocket({
  hostname: "127.0.0.1",
  socket: {
    data(_, message) {
      datagrams++;
      bytes += message.length;
    },
  },
});

announce(socket, () => ({ datagrams, bytes }));
