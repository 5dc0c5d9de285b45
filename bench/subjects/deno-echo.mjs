/** The echo server on Deno's own sockets. */
import { announce } from "./lifetime.mjs";

const BUFFER_BYTES = 65_536;

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
announce(listener.addr);
for await (const peer of listener) serve(peer).catch(() => {});

async function serve(peer) {
  peer.setNoDelay(true);
  const buffer = new Uint8Array(BUFFER_BYTES);
  try {
    for (let count; (count = await peer.read(buffer)) !== null; ) {
      for (let sent = 0; sent < count; ) sent += await peer.write(buffer.subarray(sent, count));
    }
  } finally {
    peer.close();
  }
}
