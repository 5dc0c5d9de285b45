/**
 * Sends datagrams on node:dgram: the load names its UDP port over TCP and then asks, byte by byte,
 * for as many datagrams as the arguments say; each request is answered with a byte.
 */
import { createSocket } from "node:dgram";
import { createServer } from "node:net";
import { argv } from "node:process";
import { announce } from "./lifetime.mjs";
import { message } from "./message.mjs";

const bytes = message(Number(argv[2]));
const COUNT = Number(argv[3]);
/** Sends that may be on their way at once: node queues what it is given without a bound. */
const AT_ONCE = 64;
const acknowledgement = new Uint8Array(1);

const server = createServer({ noDelay: true }, (control) => {
  const socket = createSocket({ type: "udp4", sendBufferSize: 4 << 20 });
  let requests = 0;
  let unsent = 0;
  let pending = 0;
  const sent = () => {
    pending--;
    if (unsent + pending === 0) control.write(acknowledgement);
    send();
  };
  const send = () => {
    if (unsent + pending === 0 && requests > 0) {
      requests--;
      unsent = COUNT;
    }
    for (; unsent > 0 && pending < AT_ONCE; unsent--, pending++) socket.send(bytes, sent);
  };
  control.once("readable", () => {
    const port = control.read(2);
    socket.connect(port.readUInt16BE(), "127.0.0.1", () => {
      control.on("data", (asked) => {
        requests += asked.length;
        send();
      });
    });
  });
  control.on("error", () => control.destroy());
  control.on("close", () => socket.close());
});

server.listen({ host: "127.0.0.1", port: 0 }, () => announce(server.address()));
