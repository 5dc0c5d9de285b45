/**
 * Connects, reads two messages, sends two, and closes. A message is a line.
 *
 *     node examples/tcp-client.mjs [port]      (its server: tcp-server.mjs)
 */
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";

const [port = "9000"] = process.argv.slice(2);
const notifier = openNotifier();
const socket = Socket.open("ipv4", "stream").registerTo(notifier);

await socket.connect({ address: "127.0.0.1", port: Number(port) });
console.log(`connected to 127.0.0.1:${port}`);

const decoder = new TextDecoder();
let text = "";
for (let i = 0; i < 2; i++) console.log(`got: ${await readLine()}`);
for (const message of ["message 1", "message 2"]) {
  await socket.writeAll(Buffer.from(`${message}\n`));
  console.log(`sent: ${message}`);
}

await notifier.close();

/** One line without its end. Bytes come in pieces, however they were written. */
async function readLine() {
  for (;;) {
    const end = text.indexOf("\n");
    if (end >= 0) {
      const line = text.slice(0, end);
      text = text.slice(end + 1);
      return line;
    }
    const chunk = await socket.readChunk();
    if (chunk === null) throw new Error("the server closed the connection before both messages");
    text += decoder.decode(chunk, { stream: true });
  }
}
