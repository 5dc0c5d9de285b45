/** The echo server for large streams, with a buffer of its own for each peer. */
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 65_536;

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  const buffer = new Uint8Array(BUFFER_BYTES);
  for (let count = 0; (count = await peer.read(buffer)) > 0; ) {
    await peer.writeAll(buffer.subarray(0, count));
  }
});

announce(listener.address);
