/**
 * Datagrams many at once: sent as pieces of one array and as a list to two receivers, and received
 * in batches, of which no datagram is an object.
 *
 *     node examples/udp-batches.mjs [datagrams]
 */
import { openNotifier } from "@pike-io/notifier-native";
import { bind } from "@pike-io/socket";

const SIZE = 1_400;
const PIECES = 100;
const total = Number(process.argv[2] ?? "10000");
const notifier = openNotifier();
const open = () => bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
const [receiver, other, sender] = [await open(), await open(), await open()];
receiver.set("receiveBuffer", 4 << 20);

// Counts lengths; looks at a datagram's own bytes and sender only where it wants to.
async function count(socket, until) {
  const seen = { datagrams: 0, bytes: 0, batches: 0, last: null, from: null };
  for await (const batch of socket.batches()) {
    seen.batches++;
    for (let i = 0; i < batch.count; i++) seen.bytes += batch.length(i);
    seen.datagrams += batch.count;
    if (seen.datagrams < until) continue;
    seen.last = Uint8Array.from(batch.bytes(batch.count - 1)); // a copy: the batch is only lent
    seen.from = batch.address(batch.count - 1);
    break;
  }
  return seen;
}

// A firehose: each SIZE bytes of one array are a datagram. UDP drops what nobody reads in time, so
// each round waits for its own.
const data = new Uint8Array(PIECES * SIZE);
const address = receiver.getBindAddress();
let [datagrams, bytes, batches] = [0, 0, 0];
while (datagrams < total) {
  const pieces = Math.min(PIECES, total - datagrams);
  const counted = count(receiver, pieces);
  await sender.sendMany({ data: data.subarray(0, pieces * SIZE), size: SIZE, address });
  const seen = await counted;
  datagrams += seen.datagrams;
  bytes += seen.bytes;
  batches += seen.batches;
}
console.log(`${datagrams} datagrams, ${bytes} bytes, ${batches} batches`);

// A list: each to its own address, of any length.
const list = ["to one", "to the other", "to one again"].map((text, i) => ({
  data: new TextEncoder().encode(text),
  address: (i === 1 ? other : receiver).getBindAddress(),
}));
const answers = [count(receiver, 2), count(other, 1)];
console.log(`${await sender.sendMany(list)} sent`);
for (const { datagrams, last, from } of await Promise.all(answers)) {
  const own = from.port === sender.getBindAddress().port;
  console.log(`${datagrams}, the last "${new TextDecoder().decode(last)}", own: ${own}`);
}

// A datagram that is too long: those before it are sent, and the error counts them.
const tooLong = [list[0], { data: new Uint8Array(70_000), address }, list[2]];
await sender.sendMany(tooLong).catch((error) => {
  console.log(`${error.code} after ${error.transferred}`);
});
await notifier.close();
