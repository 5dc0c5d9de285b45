/** Receives a stream on Bun's own sockets, and acknowledges as many bytes as its argument says. */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";

const EVERY_BYTES = Number(argv[2]);
const acknowledgement = new Uint8Array(1);

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = EVERY_BYTES;
    },
    data(socket, chunk) {
      for (socket.data -= chunk.length; socket.data <= 0; socket.data += EVERY_BYTES) {
        socket.write(acknowledgement);
      }
    },
    error() {},
  },
});

announce(server);
