/** Counts datagrams on node:dgram. */
import { createSocket } from "node:dgram";
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 4 << 20;
let datagrams = 0;
let bytes = 0;

const socket = createSocket({ type: "udp4", recvBufferSize: BUFFER_BYTES });
socket.on("message", (message) => {
  datagrams++;
  bytes += message.length;
});
socket.bind({ address: "127.0.0.1", port: 0 }, () => {
  announce(socket.address(), () => ({ datagrams, bytes }));
});
