/**
 * 16 MB over UDP, in numbered datagrams with a window. What has not come back in time is sent
 * again, and counted as lost.
 */
import { createHash } from "node:crypto";
import { Assembly, countOf, makeDatagram, readDatagram, WINDOW } from "../assembly.mjs";
import * as nodePort from "../client/node-datagrams.mjs";
import * as pikePort from "../client/pike-datagrams.mjs";
import { generateSample } from "../corpus.mjs";
import { measure } from "./measure.mjs";

const SAMPLE_BYTES = 16_000_000;
/** A datagram that has not come back after this long is sent again. */
const RESEND_MS = 50;
const TRIES_MAX = 100;

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

/** One file on its way there and back. */
class Transfer {
  latencies = [];
  /** Datagrams that were sent again. */
  lost = 0;
  #port;
  #bytes;
  #count;
  #number = Math.floor(Math.random() * 2 ** 32);
  #inFlight = new Map();
  #sent = 0;
  #echo;
  #hash = createHash("sha256");

  constructor(port, bytes, onBytes) {
    this.#port = port;
    this.#bytes = bytes;
    this.#count = countOf(bytes);
    this.#echo = new Assembly(this.#count, (payload) => {
      this.#hash.update(payload);
      onBytes(payload.length);
    });
  }

  /** Gives the SHA-256 of what came back. */
  async run() {
    while (!this.#echo.isDone) {
      while (this.#sent < this.#count && this.#sent < this.#echo.next + WINDOW) {
        await this.#send(this.#sent++, 0);
      }
      const bytes = await this.#port.receive(RESEND_MS);
      if (bytes === null) await this.#resend();
      else this.#take(readDatagram(bytes));
    }
    return this.#hash.digest("hex");
  }

  #take(datagram) {
    if (datagram === null || datagram.transfer !== this.#number) return;
    const flight = this.#inFlight.get(datagram.index);
    if (!this.#echo.take(datagram) || flight === undefined) return;
    this.#inFlight.delete(datagram.index);
    this.latencies.push(performance.now() - flight.start);
  }

  #send(index, tries) {
    this.#inFlight.set(index, { start: performance.now(), tries });
    return this.#port.send(makeDatagram(this.#number, index, this.#bytes));
  }

  /** Nothing has come for a while: whatever is still on its way is taken for lost. */
  async #resend() {
    for (const [index, { tries }] of [...this.#inFlight]) {
      if (tries === TRIES_MAX) throw new Error(`datagram ${index} was lost ${TRIES_MAX} times`);
      this.lost++;
      await this.#send(index, tries + 1);
    }
  }
}
