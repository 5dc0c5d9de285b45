/** Answers each byte with so many messages of so many bytes, as its arguments say, one by one. */
import { argv } from "node:process";
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  for await (const requests of peer) {
    for (let left = requests.length * COUNT; left > 0; left--) await peer.writeAll(bytes);
  }
});

announce(listener.address);
