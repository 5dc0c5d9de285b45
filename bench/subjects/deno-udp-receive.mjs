/** Counts datagrams on Deno's own sockets. */
import { announce } from "./lifetime.mjs";

let datagrams = 0;
let bytes = 0;

const socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
announce(socket.addr, () => ({ datagrams, bytes }));
const buffer = new Uint8Array(2048);
for (;;) {
  const [message] = await socket.receive(buffer);
  datagrams++;
  bytes += message.length;
}
