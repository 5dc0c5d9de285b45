/** The echo server that people write on node:net. */
import { createServer } from "node:net";
import { announce } from "./lifetime.mjs";

const server = createServer((socket) => {
  socket.on("data", (chunk) => socket.write(chunk));
  socket.on("error", () => socket.destroy());
});

server.listen({ host: "127.0.0.1", port: 0 }, () => announce(server.address()));
