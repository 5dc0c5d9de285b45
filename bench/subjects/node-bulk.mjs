/** The echo server for large streams on node:net. */
import { createServer } from "node:net";
import { announce } from "./lifetime.mjs";

const server = createServer({ noDelay: true }, (socket) => {
  socket.pipe(socket);
  socket.on("error", () => socket.destroy());
});

server.listen({ host: "127.0.0.1", port: 0 }, () => announce(server.address()));
