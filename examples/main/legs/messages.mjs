/** Small messages: 64 bytes there and back, one at a time on each of 64 connections. */
import { connect } from "pike-io";
import { PATIENCE_MS } from "../client/patience.mjs";
import { measure, targetOf } from "./measure.mjs";

const CONNECTIONS = 64;
const ROUNDS = 1_000;
const WARM_UP_ROUNDS = 100;
const MESSAGE_BYTES = 64;

/** To pike's shortest echo server and to node:net's, by pike clients. */
export async function runMessages(job) {
  const requests = CONNECTIONS * ROUNDS;
  const bytes = requests * MESSAGE_BYTES;
  const title = `TCP IPv4, ${MESSAGE_BYTES}-byte messages`;
  await job.report.leg({ title, client: "pike", bytes: 2 * bytes }, async (onBytes) => {
    const pike = await drive(job, job.servers.pike, onBytes);
    const node = await drive(job, job.servers.node, onBytes);
    return { ...pike, requests, bytes, nodeCpuMicros: node.cpuMicros };
  });
}

async function drive(job, server, onBytes) {
  const target = { ...targetOf(server.addresses.plain), timeoutMs: PATIENCE_MS };
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => connect(target)));
  await Promise.all(sockets.map((socket, i) => echo(socket, i, WARM_UP_ROUNDS, [], () => {})));
  const latencies = [];
  const { result, seconds, cpuMicros } = await measure(server, () =>
    Promise.all(sockets.map((socket, i) => echo(socket, i, ROUNDS, latencies, onBytes))),
  );
  const wrong = result.reduce((sum, count) => sum + count, 0);
  if (wrong > 0)
    job.report.mismatch(`small messages to ${server.kind}: ${wrong} came back changed`);
  await Promise.all(sockets.map((socket) => socket.close()));
  return { seconds, cpuMicros, latencies };
}

/** Sends messages and says how many came back changed. */
async function echo(socket, number, rounds, latencies, onBytes) {
  const message = Buffer.alloc(MESSAGE_BYTES, number);
  const answer = Buffer.alloc(MESSAGE_BYTES);
  let wrong = 0;
  for (let round = 0; round < rounds; round++) {
    message.writeUInt32BE(round);
    const start = performance.now();
    await socket.writeAll(message);
    for (let have = 0; have < MESSAGE_BYTES; ) {
      const count = await socket.read(answer.subarray(have), { timeoutMs: PATIENCE_MS });
      if (count === 0) throw new Error("the server closed a connection in the middle");
      have += count;
    }
    latencies.push(performance.now() - start);
    if (!answer.equals(message)) wrong++;
    onBytes(MESSAGE_BYTES);
  }
  return wrong;
}
