/** Answers each byte with so many messages of so many bytes, on Deno's own sockets. */
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
announce(listener.addr);
for await (const peer of listener) serve(peer).catch(() => {});

async function serve(peer) {
  peer.setNoDelay(true);
  const requests = new Uint8Array(64);
  for (let count; (count = await peer.read(requests)) !== null; ) {
    for (let left = count * COUNT; left > 0; left--) {
      for (let sent = 0; sent < bytes.length; ) sent += await peer.write(bytes.subarray(sent));
    }
  }
}
