/**
 * Sends 1,024 bytes at a time over one connection, as fast as they are taken, and says how fast.
 *
 *     node examples/tcp-firehose.mjs [sends] [port]      without a port it is its own receiver
 */
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";

const [sends = "500000", port] = process.argv.slice(2);
const notifier = openNotifier();
const address = { address: "127.0.0.1", port: Number(port ?? (await openReceiver())) };

const socket = Socket.open("ipv4", "stream").registerTo(notifier);
await socket.connect(address);

const payload = new Uint8Array(1_024).fill(0x70);
const start = performance.now();
for (let i = 0; i < Number(sends); i++) await socket.writeAll(payload);
socket.shutdown("write");
while ((await socket.readChunk()) !== null); // the receiver closes when it has everything

const seconds = (performance.now() - start) / 1_000;
const { bytesWritten } = socket.counters;
console.log(`${sends} sends, ${bytesWritten} bytes, ${rate(bytesWritten / seconds)}`);
await notifier.close();

async function openReceiver() {
  const server = Socket.open("ipv4", "stream").registerTo(notifier);
  server.bind({ address: "127.0.0.1", port: 0 }).listen();
  server.accept().then(async ({ socket: peer }) => {
    const buffer = new Uint8Array(65_536);
    while ((await peer.read(buffer)) > 0);
    await peer.close();
  });
  return server.getBindAddress().port;
}

function rate(bytesPerSecond) {
  return `${(bytesPerSecond / 1e6).toFixed(0)} MB/s`;
}
