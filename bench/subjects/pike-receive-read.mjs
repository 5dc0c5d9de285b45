/** Receives a stream into one buffer, and acknowledges as many bytes as its argument says. */
import { argv } from "node:process";
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 65_536;
const EVERY_BYTES = Number(argv[2]);
const acknowledgement = new Uint8Array(1);

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  const buffer = new Uint8Array(BUFFER_BYTES);
  let left = EVERY_BYTES;
  for (let count = 0; (count = await peer.read(buffer)) > 0; ) {
    for (left -= count; left <= 0; left += EVERY_BYTES) await peer.writeAll(acknowledgement);
  }
});

announce(listener.address);
