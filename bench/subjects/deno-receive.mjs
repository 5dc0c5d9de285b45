/** Receives a stream on Deno's own sockets, and acknowledges as many bytes as its argument says. */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 65_536;
const EVERY_BYTES = Number(argv[2]);
const acknowledgement = new Uint8Array(1);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
announce(listener.addr);
for await (const peer of listener) serve(peer).catch(() => {});

async function serve(peer) {
  peer.setNoDelay(true);
  const buffer = new Uint8Array(BUFFER_BYTES);
  let left = EVERY_BYTES;
  for (let count; (count = await peer.read(buffer)) !== null; ) {
    for (left -= count; left <= 0; left += EVERY_BYTES) await peer.write(acknowledgement);
  }
}
