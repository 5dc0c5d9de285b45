/**
 * Sends datagrams of 1,400 bytes as fast as the system takes them, and says how fast.
 *
 *     node examples/udp-firehose.mjs [datagrams] [port]      without a port it is its own receiver
 */
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";

const [datagrams = "300000", port] = process.argv.slice(2);
const notifier = openNotifier();
let received = 0;
const address = { address: "127.0.0.1", port: Number(port ?? openReceiver()) };

const socket = Socket.open("ipv4", "datagram").registerTo(notifier);
const payload = new Uint8Array(1_400).fill(0x70);
const start = performance.now();
for (let i = 0; i < Number(datagrams); i++) await socket.sendTo(payload, address);

const seconds = (performance.now() - start) / 1_000;
const { bytesWritten } = socket.counters;
const rate = `${(bytesWritten / seconds / 1e6).toFixed(0)} MB/s`;
console.log(`${datagrams} datagrams, ${bytesWritten} bytes, ${rate}`);
if (port === undefined)
  console.log(`${received} of them arrived; UDP drops what nobody reads in time`);
await notifier.close();

function openReceiver() {
  const receiver = Socket.open("ipv4", "datagram").registerTo(notifier);
  receiver.set("receiveBuffer", 4 << 20).bind({ address: "127.0.0.1", port: 0 });
  count(receiver).catch((error) => {
    if (error.code !== "PIKE_CLOSED") throw error;
  });
  return receiver.getBindAddress().port;
}

async function count(receiver) {
  const buffer = new Uint8Array(2_048);
  for (;;) {
    await receiver.recvFrom(buffer);
    received++;
  }
}
