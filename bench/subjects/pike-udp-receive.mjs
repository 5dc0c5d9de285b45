/** Counts datagrams, received in batches. */
import { bind } from "pike-io";
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 4 << 20;
let datagrams = 0;
let bytes = 0;

const socket = await bind({ type: "udp", address: "127.0.0.1", port: 0 });
socket.set("receiveBuffer", BUFFER_BYTES);
announce(socket.getBindAddress(), () => ({ datagrams, bytes }));
for await (const batch of socket.batches()) {
  for (let index = 0; index < batch.count; index++) bytes += batch.length(index);
  datagrams += batch.count;
}
