/** The echo server of the README. */
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  for await (const chunk of peer) await peer.writeAll(chunk);
});

announce(listener.address);
