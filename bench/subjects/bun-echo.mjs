/** The echo server on Bun's own sockets. What the peer does not take waits for "drain". */
import { announce } from "./lifetime.mjs";

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = null;
    },
    data(socket, chunk) {
      if (socket.data !== null) socket.data.push(chunk);
      else keepRest(socket, chunk, socket.write(chunk));
    },
    drain(socket) {
      const waiting = socket.data;
      socket.data = null;
      for (const chunk of waiting ?? []) {
        if (socket.data !== null) socket.data.push(chunk);
        else keepRest(socket, chunk, socket.write(chunk));
      }
    },
    error() {},
  },
});

function keepRest(socket, chunk, written) {
  if (written >= 0 && written < chunk.length) socket.data = [chunk.subarray(written)];
}

announce(server);
