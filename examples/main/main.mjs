/**
 * The main job: pike's servers do real work for pike and for others, every byte is checked, and a
 * table says how it went. `npm start -- --help` says what it can do.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultNotifier, Signal } from "pike-io";
import { findCommands } from "./client/command.mjs";
import * as nodeClient from "./client/node.mjs";
import * as pikeClient from "./client/pike.mjs";
import { copyFiles, generateFile } from "./corpus.mjs";
import { formatBytes, formatSeconds } from "./format.mjs";
import { runDatagrams } from "./legs/datagrams.mjs";
import { runEvents } from "./legs/events.mjs";
import { runMessages } from "./legs/messages.mjs";
import { runSignals } from "./legs/signals.mjs";
import { runStreams } from "./legs/streams.mjs";
import { help, parse, UsageError } from "./options.mjs";
import { Report } from "./report.mjs";
import { ServerProcess } from "./server/process.mjs";
import { formatTable } from "./table.mjs";

try {
  const options = parse(process.argv.slice(2));
  if (options.help) process.stdout.write(help);
  else process.exitCode = await runJob(options);
} catch (error) {
  const isUsage = error instanceof UsageError;
  console.error(isUsage ? `${error.message}\nSee: npm start -- --help` : failure(error));
  process.exitCode = isUsage ? 2 : 1;
}

/** The whole trace of what nobody expected; of an error with a code its sentence says enough. */
function failure(error) {
  const { code } = error.cause ?? error;
  return code === undefined ? error : `failed: ${error.message}`;
}

/** Runs everything, cleans up whatever happened, and gives the exit code. */
async function runJob(options) {
  const report = new Report(process.stdout.isTTY === true && !options.plain);
  const interrupt = Signal.open(defaultNotifier(), ["SIGINT", "SIGTERM"]);
  const folder = mkdtempSync(join(tmpdir(), "pike-main-"));
  const servers = {};
  const cleanUp = () => {
    for (const server of Object.values(servers)) server.close();
    rmSync(folder, { recursive: true, force: true });
  };
  interrupt.wait().then(
    ({ name }) => {
      report.say(`${name}: cleaning up, nothing is left behind`);
      cleanUp();
      process.exit(130); // the legs under way have lost their servers; their errors say nothing new
    },
    () => {}, // closed: the job came to its end
  );
  try {
    return await runLegs(options, report, servers, folder);
  } finally {
    cleanUp();
    await defaultNotifier().close();
  }
}

async function runLegs(options, report, servers, folder) {
  const begun = performance.now();
  const { backend, reason } = defaultNotifier();
  report.say(`pike on ${backend} (${reason}), Node ${process.versions.node}, ${process.platform}`);
  const { files, big } = await prepare(options, report, folder);
  servers.pike = await ServerProcess.start("pike", folder, options.corrupt);
  servers.node = await ServerProcess.start("node", folder, null);
  const commands = findCommands();
  for (const note of commands.notes) report.skip("client", note);
  const clients = [pikeClient, nodeClient, ...commands.clients];
  const job = { report, servers, clients, files, big };

  await runMessages(job);
  await runStreams(job);
  await runDatagrams(job);
  await runSignals(job);
  await runEvents(job);
  return conclude(report, (performance.now() - begun) / 1_000);
}

async function prepare({ folder: given, sizeBytes }, report, folder) {
  const copies = join(folder, "copies");
  mkdirSync(copies);
  const files = await report.follow("copying the files", 0, () => copyFiles(given, copies));
  const total = files.reduce((sum, { size }) => sum + size, 0);
  report.say(`${files.length} files, ${formatBytes(total)}, of ${given ?? "this repository"}`);
  if (sizeBytes === 0) return { files, big: null };
  const path = join(folder, "generated");
  const big = await report.follow("generating a file", sizeBytes, (onBytes) =>
    generateFile(path, sizeBytes, onBytes),
  );
  report.say(`one generated file, ${formatBytes(big.size)}, SHA-256 ${big.sha256.slice(0, 16)}…`);
  return { files, big };
}

/** The last words, and the exit code. */
function conclude({ rows, mismatches, skipped }, seconds) {
  console.log(`\n${formatTable(rows)}\n`);
  for (const text of skipped) console.log(`left out: ${text}`);
  if (mismatches.length === 0) {
    console.log(`Everything arrived as it was sent. ${formatSeconds(seconds)}`);
    return 0;
  }
  for (const text of mismatches) console.log(`mismatch: ${text}`);
  console.log(`${mismatches.length} mismatches. ${formatSeconds(seconds)}`);
  return 1;
}
