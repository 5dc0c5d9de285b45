/** 16 MB over UDP: compared with what the server received and with what came back. */
import { countOf } from "../assembly.mjs";
import * as nodePort from "../client/node-datagrams.mjs";
import * as pikePort from "../client/pike-datagrams.mjs";
import { generateSample } from "../corpus.mjs";
import { measure } from "./measure.mjs";
import { Transfer } from "./transfer.mjs";

const SAMPLE_BYTES = 16_000_000;

/** From pike and from node:dgram, to pike's server and to node:dgram's. */
export async function runDatagrams(job) {
  const sample = generateSample(SAMPLE_BYTES);
  for (const port of [pikePort, nodePort]) {
    const heading = { title: "UDP IPv4, 16 MB", client: port.name, bytes: 2 * SAMPLE_BYTES };
    await job.report.leg(heading, async (onBytes) => {
      const pike = await drive(job, job.servers.pike, port, sample, onBytes);
      const node = await drive(job, job.servers.node, port, sample, onBytes);
      const requests = countOf(sample.bytes);
      const note = `${pike.lost} of ${requests} datagrams lost and sent again`;
      return { ...pike, requests, bytes: SAMPLE_BYTES, nodeCpuMicros: node.cpuMicros, note };
    });
  }
}

async function drive(job, server, { name, openPort }, sample, onBytes) {
  await server.receipts("udp");
  const { address, port: number } = server.addresses.udp;
  const port = await openPort({ address, port: number });
  const transfer = new Transfer(port, sample.bytes, onBytes);
  let measured;
  try {
    measured = await measure(server, () => transfer.run());
  } finally {
    await port.close();
  }
  const where = `UDP from ${name} to ${server.kind}`;
  if (measured.result !== sample.sha256)
    job.report.mismatch(`${where}: the echo is not the sample`);
  const receipts = await server.receipts("udp");
  if (receipts.length !== 1 || receipts[0].sha256 !== sample.sha256) {
    job.report.mismatch(`${where}: the server did not receive the sample as it is`);
  }
  const { latencies, lost } = transfer;
  return { seconds: measured.seconds, cpuMicros: measured.cpuMicros, latencies, lost };
}
