/** A node:net client: sends a file, reads what comes back, hashes it. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { PATIENCE_MS } from "./patience.mjs";

export const name = "node:net";
export const concurrency = 8;
/** It drives the node:net server too, to compare with. */
export const comparesServers = true;

/** One connection: sends every piece, half-closes, and gives { sha256, bytes } of the echo. */
export async function exchange(target, source, onBytes) {
  const socket = net.connect({ ...target, noDelay: true });
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error("the server does nothing")));
  try {
    await once(socket, "connect");
    const [received] = await Promise.all([receive(socket, onBytes), send(socket, source)]);
    return received;
  } finally {
    socket.destroy();
  }
}

async function send(socket, source) {
  for await (const piece of source.pieces()) {
    if (!socket.write(piece)) await once(socket, "drain");
  }
  socket.end();
}

function receive(socket, onBytes) {
  const hash = createHash("sha256");
  let bytes = 0;
  return new Promise((resolve, reject) => {
    socket.on("data", (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
      onBytes(chunk.length);
    });
    socket.on("end", () => resolve({ sha256: hash.digest("hex"), bytes }));
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("closed before the end of the echo")));
  });
}
