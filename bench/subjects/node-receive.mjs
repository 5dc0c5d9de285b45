/** Receives a stream on node:net, and acknowledges as many bytes as its argument says. */
import { createServer } from "node:net";
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";

const EVERY_BYTES = Number(argv[2]);
const acknowledgement = new Uint8Array(1);

const server = createServer({ noDelay: true }, (socket) => {
  let left = EVERY_BYTES;
  socket.on("data", (chunk) => {
    for (left -= chunk.length; left <= 0; left += EVERY_BYTES) socket.write(acknowledgement);
  });
  socket.on("error", () => socket.destroy());
});

server.listen({ host: "127.0.0.1", port: 0 }, () => announce(server.address()));
