/**
 * Sends datagrams on Bun's own sockets, many in one call; see node-udp-send.mjs for the requests.
 */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);
const BATCH = 100;
const batch = Array.from({ length: BATCH }, () => bytes);
const acknowledgement = new Uint8Array(1);

const server = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    open(control) {
      control.data = { udp: null, requests: 0, left: 0 };
    },
    async data(control, chunk) {
      const state = control.data;
      let asked = chunk.length;
      if (state.udp === null) {
        asked -= 2;
        const port = chunk.readUInt16BE(0);
        state.udp = Bun.udpSocket({
          connect: { hostname: "127.0.0.1", port },
          socket: { drain: () => send(control) },
        });
        state.udp = await state.udp;
      }
      state.requests += asked;
      if (state.left === 0) send(control);
    },
    close(control) {
      control.data.udp?.close?.();
    },
    error() {},
  },
});

function send(control) {
  const state = control.data;
  for (;;) {
    if (state.left === 0) {
      if (state.requests === 0) return;
      state.requests--;
      state.left = COUNT;
    }
    const sent = state.udp.sendMany(state.left >= BATCH ? batch : batch.slice(0, state.left));
    state.left -= sent;
    if (state.left === 0) control.write(acknowledgement);
    else if (sent === 0) return;
  }
}

announce(server);
