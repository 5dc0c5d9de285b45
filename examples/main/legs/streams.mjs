/**
 * Files over TCP and Unix sockets: a connection for each file, its SHA-256 compared with what the
 * server received and with what came back.
 */
import { readFile } from "node:fs/promises";
import { pieces } from "../corpus.mjs";
import { forEachOf, measure, targetOf } from "./measure.mjs";

/** Files up to here are read before the clock starts; larger ones are read as they are sent. */
const WHOLE_BYTES_MAX = 1 << 20;

const titles = { tcp4: "TCP IPv4", tcp6: "TCP IPv6", unix: "Unix" };

/** Every transport from every client. To node:net's server only clients that are cheap to start. */
export async function runStreams(job) {
  for (const [server, title] of Object.entries(titles)) {
    const reason = job.servers.pike.missing[server];
    if (reason !== undefined) {
      job.report.skip(title, reason);
      continue;
    }
    for (const client of job.clients) {
      await runFiles(job, { server, client, title: `${title}, files`, files: job.files });
      if (job.big === null) continue;
      await runFiles(job, { server, client, title: `${title}, one file`, files: [job.big] });
    }
  }
}

async function runFiles(job, leg) {
  const { title, client, files } = leg;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const times = client.comparesServers ? 2 : 1;
  await job.report.leg({ title, client: client.name, bytes: times * bytes }, async (onBytes) => {
    const pike = await drive(job, job.servers.pike, leg, onBytes);
    const row = { ...pike, requests: files.length, bytes };
    if (!client.comparesServers) return row;
    const { cpuMicros } = await drive(job, job.servers.node, leg, onBytes);
    return { ...row, nodeCpuMicros: cpuMicros };
  });
}

async function drive(job, server, { server: name, client, files, title }, onBytes) {
  const target = targetOf(server.addresses[name]);
  const latencies = [];
  const echoes = new Map();
  await server.receipts(name);
  const { seconds, cpuMicros } = await measure(server, () =>
    forEachOf(files, client.concurrency, async (file) => {
      const source = await open(file);
      const start = performance.now();
      echoes.set(file, await client.exchange(target, source, onBytes));
      latencies.push(performance.now() - start);
    }),
  );
  const heading = { title: `${title} from ${client.name}`, server, files, echoes };
  compare(job, heading, await server.receipts(name));
  return { seconds, cpuMicros, latencies };
}

async function open({ path, size }) {
  if (size > WHOLE_BYTES_MAX) return { path, pieces: () => pieces(path) };
  const whole = await readFile(path);
  return { path, pieces: () => (whole.length === 0 ? [] : [whole]) };
}

/** Names each file that the server did not receive as it is, or that did not come back as it is. */
function compare(job, { title, server, files, echoes }, receipts) {
  const received = new Map();
  for (const { sha256 } of receipts) received.set(sha256, (received.get(sha256) ?? 0) + 1);
  for (const file of files) {
    const where = `${title} to ${server.kind}: ${file.name}`;
    const echo = echoes.get(file);
    if (echo.sha256 !== file.sha256) {
      job.report.mismatch(`${where}: sent ${file.size} bytes, other ${echo.bytes} came back`);
    }
    const count = received.get(file.sha256) ?? 0;
    received.set(file.sha256, count - 1);
    if (count === 0) job.report.mismatch(`${where}: the server did not receive it as it is`);
  }
  if (receipts.length !== files.length) {
    job.report.mismatch(
      `${title} to ${server.kind}: ${files.length} files sent, ${receipts.length} received`,
    );
  }
}
