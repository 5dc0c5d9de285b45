/**
 * Greets each peer, logs the lines it sends, and on Ctrl-C says good-bye to every peer and ends.
 *
 *     node examples/tcp-server.mjs [port]      then: nc 127.0.0.1 9000, or tcp-client.mjs
 */
import { formatAddress } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { Signal } from "@pike-io/signal";
import { Socket } from "@pike-io/socket";

const [port = "9000"] = process.argv.slice(2);
const notifier = openNotifier();
const interrupt = Signal.open(notifier, ["SIGINT", "SIGTERM"]);
const server = Socket.open("ipv4", "stream").registerTo(notifier);
server
  .set("reuseAddress", true)
  .bind({ address: "127.0.0.1", port: Number(port) })
  .listen();
console.log(`listening on ${formatAddress(server.getBindAddress())}`);

const peers = new Set();
acceptPeers();
await interrupt.wait();

console.log(`saying good-bye to ${peers.size} peers`);
await server.close();
await Promise.all([...peers].map(sayGoodBye));
await notifier.close();
console.log("shut down");

async function acceptPeers() {
  try {
    for (;;) {
      const { socket, address } = await server.accept();
      serve(socket, formatAddress(address));
    }
  } catch (error) {
    if (error.code !== "PIKE_CLOSED") throw error;
  }
}

async function serve(peer, name) {
  peers.add(peer);
  console.log(`${name} joined`);
  try {
    await peer.writeAll(Buffer.from(`hello, ${name}\nsay something: I log every line\n`));
    for await (const line of linesOf(peer)) console.log(`${name} says: ${line}`);
    console.log(`${name} left`);
  } catch (error) {
    if (error.code !== "PIKE_CLOSED") console.log(`${name} is gone: ${error.message}`);
  }
  peers.delete(peer);
  await peer.close();
}

/** A peer that does not take its good-bye within a second is closed without one. */
async function sayGoodBye(peer) {
  await peer.writeAll(Buffer.from("good-bye\n"), { timeoutMs: 1_000 }).catch(() => undefined);
  await peer.close();
}

async function* linesOf(peer) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of peer) {
    const lines = (text + decoder.decode(chunk, { stream: true })).split("\n");
    text = lines.pop();
    yield* lines;
  }
  if (text !== "") yield text;
}
