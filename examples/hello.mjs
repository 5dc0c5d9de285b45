/**
 * The README's example: an echo server and a client, in ten lines.
 *
 *     node examples/hello.mjs
 */
import { connect, listen } from "pike-io";

// An echo server. A peer's reset is never the server's problem.
const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  for await (const chunk of peer) await peer.writeAll(chunk);
});

const socket = await connect({ host: "127.0.0.1", port: listener.address.port });
await socket.writeAll(Buffer.from("hello, pike\n"));
const buffer = new Uint8Array(1024);
const count = await socket.read(buffer, { timeoutMs: 5_000 });
process.stdout.write(buffer.subarray(0, count));

await socket.close();
await listener.close();
