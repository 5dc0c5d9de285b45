/** A pike client: sends a file, reads what comes back, hashes it. */
import { createHash } from "node:crypto";
import { connect } from "pike-io";
import { PATIENCE_MS } from "./patience.mjs";

export const name = "pike";
export const concurrency = 8;
/** It drives the node:net server too, to compare with. */
export const comparesServers = true;

/** One connection: sends every piece, half-closes, and gives { sha256, bytes } of the echo. */
export async function exchange(target, source, onBytes) {
  const socket = await connect({ ...target, timeoutMs: PATIENCE_MS });
  try {
    const [received] = await Promise.all([receive(socket, onBytes), send(socket, source)]);
    return received;
  } finally {
    await socket.close();
  }
}

async function send(socket, source) {
  for await (const piece of source.pieces()) {
    await socket.writeAll(piece, { timeoutMs: PATIENCE_MS });
  }
  socket.shutdown("write");
}

async function receive(socket, onBytes) {
  const hash = createHash("sha256");
  const buffer = new Uint8Array(65_536);
  let bytes = 0;
  for (let count; (count = await socket.read(buffer, { timeoutMs: PATIENCE_MS })) > 0; ) {
    hash.update(buffer.subarray(0, count));
    bytes += count;
    onBytes(count);
  }
  return { sha256: hash.digest("hex"), bytes };
}
