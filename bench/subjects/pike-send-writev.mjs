/** As pike-send.mjs, several messages at a time; the last argument says how many. */
import { argv } from "node:process";
import { listen } from "pike-io";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const VECTOR = Number(argv[4]);
const TIMES = Number(argv[3]) / VECTOR;
const messages = Array.from({ length: VECTOR }, () => bytes);

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  for await (const requests of peer) {
    for (let left = requests.length * TIMES; left > 0; left--) await peer.writev(messages);
  }
});

announce(listener.address);
