/** Sends datagrams on Deno's own sockets; see node-udp-send.mjs for the requests. */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);
const acknowledgement = new Uint8Array(1);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
announce(listener.addr);
for await (const control of listener) serve(control).catch(() => {});

async function serve(control) {
  control.setNoDelay(true);
  const requests = new Uint8Array(64);
  let count = await control.read(requests);
  const port = (requests[0] << 8) | requests[1];
  const socket = Deno.listenDatagram({ hostname: "127.0.0.1", port: 0, transport: "udp" });
  const sink = { transport: "udp", hostname: "127.0.0.1", port };
  for (count -= 2; count !== null; count = await control.read(requests)) {
    for (; count > 0; count--) {
      for (let left = COUNT; left > 0; left--) await socket.send(bytes, sink);
      await control.write(acknowledgement);
    }
  }
  socket.close();
}
