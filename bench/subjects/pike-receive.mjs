/** Receives a stream chunk by chunk, and acknowledges as many bytes as its argument says. */
import { argv } from "node:process";
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";

const EVERY_BYTES = Number(argv[2]);
const acknowledgement = new Uint8Array(1);

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  let left = EVERY_BYTES;
  for await (const chunk of peer) {
    for (left -= chunk.length; left <= 0; left += EVERY_BYTES) await peer.writeAll(acknowledgement);
  }
});

announce(listener.address);
