/** Sends datagrams in lists; see node-udp-send.mjs for the requests. */
import { argv } from "node:process";
import { connect, listen } from "pike-io";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const LIST = 460;
const TIMES = Number(argv[3]) / LIST;
const bytes = Number(argv[2]);
const datagrams = Array.from({ length: LIST }, () => message(bytes));
const acknowledgement = new Uint8Array(1);

const listener = await listen({ host: "127.0.0.1", port: 0 }, async (control) => {
  const [high = 0, low = 0] = (await control.readChunk(2)) ?? [];
  const socket = await connect({ type: "udp", address: "127.0.0.1", port: high * 256 + low });
  for await (const requests of control) {
    for (let left = requests.length; left > 0; left--) {
      for (let times = TIMES; times > 0; times--) await socket.sendMany(datagrams);
      await control.writeAll(acknowledgement);
    }
  }
  await socket.close();
});

announce(listener.address);
