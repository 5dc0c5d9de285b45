/** Answers each byte with so many messages of so many bytes, on Bun's own sockets. */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(socket) {
      socket.data = { left: 0, offset: 0 };
    },
    data(socket, requests) {
      const waiting = socket.data.left > 0;
      socket.data.left += requests.length * COUNT;
      if (!waiting) send(socket);
    },
    drain: send,
    error() {},
  },
});

function send(socket) {
  const state = socket.data;
  while (state.left > 0) {
    const written = socket.write(state.offset === 0 ? bytes : bytes.subarray(state.offset));
    if (written < 0) return;
    state.offset += written;
    if (state.offset < bytes.length) return;
    state.offset = 0;
    state.left--;
  }
}

announce(server);
