/** Answers each byte with so many messages of so many bytes, on node:net: write until "drain". */
import { createServer } from "node:net";
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);

const server = createServer({ noDelay: true }, (socket) => {
  let left = 0;
  const send = () => {
    while (left > 0) {
      left--;
      if (!socket.write(bytes)) return;
    }
  };
  socket.on("data", (requests) => {
    const waiting = left > 0;
    left += requests.length * COUNT;
    if (!waiting && !socket.writableNeedDrain) send();
  });
  socket.on("drain", send);
  socket.on("error", () => socket.destroy());
});

server.listen({ host: "127.0.0.1", port: 0 }, () => announce(server.address()));
