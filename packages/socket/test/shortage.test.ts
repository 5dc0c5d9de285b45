/**
 * A process that runs out of descriptors: accepting pauses, nothing is lost, nobody spins, and
 * everything goes on when there are descriptors again.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { createInterface } from "node:readline";
import { expect } from "chai";

const LIMIT = 64;
const CLIENTS = 120;

/** Holds every peer until it is told to go on, and says what it sees, line by line. */
const server = `
  import { closeSync, openSync } from "node:fs";
  import { openNotifier } from "@pike-io/notifier-native";
  import { connect, listen } from "@pike-io/socket";
  const say = (line) => console.log(JSON.stringify(line));
  const notifier = openNotifier();
  let release;
  const released = new Promise((resolve) => (release = resolve));
  let served = 0;
  let asked = 0;
  const listener = await listen({ host: "127.0.0.1", port: 0, notifier }, async (peer) => {
    const chunk = await peer.readChunk();
    asked++;
    await released;
    served++;
    await peer.writeAll(chunk);
    await peer.readChunk();
  });
  say({ port: listener.address.port });
  const isFull = () => {
    try {
      closeSync(openSync("/dev/null"));
      return false;
    } catch (error) {
      return error.code === "EMFILE";
    }
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  while (!isFull()) await turn();
  const refused = await connect({ host: "127.0.0.1", port: 9, notifier }).catch((e) => e.code);
  // What the peers held ask is read first: only the retries are counted.
  while (asked < notifier.counters.handles - 1) await turn();
  const { systemCalls, wouldBlocks, handles } = notifier.counters;
  await new Promise((resolve) => setTimeout(resolve, 500));
  say({
    refused,
    held: handles,
    calls: notifier.counters.systemCalls - systemCalls,
    blocks: notifier.counters.wouldBlocks - wouldBlocks,
  });
  await new Promise((resolve) => process.stdin.once("data", resolve));
  release();
  while (served < ${CLIENTS} || notifier.counters.handles > 1) await turn();
  say({ served, errors: listener.peerErrors });
  await listener.close();
  await notifier.close();
  process.exit(0);
`;

describe("a process without descriptors", () => {
  it("serves every connection in the end, and does not spin meanwhile", async () => {
    const command = `ulimit -n ${LIMIT} && exec "$0" --input-type=module -e "$1"`;
    const child = spawn("bash", ["-c", command, process.execPath, server], {
      cwd: import.meta.dirname,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value ?? "null");
    const { port } = await next();
    const clients = Array.from({ length: CLIENTS }, (_, index) => ask(port, index));
    const full = await next();
    expect(full.refused).to.equal("EMFILE");
    expect(full.held).to.be.above(10).and.below(LIMIT);
    // Retried every 100 ms: five times in this while, each with a few calls; spinning is thousands.
    expect(full.calls).to.be.below(100);
    expect(full.blocks).to.be.below(100);
    child.stdin.write("go on\n");
    expect(await Promise.all(clients)).to.deep.equal(
      Array.from({ length: CLIENTS }, (_, index) => String(index)),
    );
    expect(await next()).to.deep.equal({ served: CLIENTS, errors: 0 });
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).to.equal(0);
  });
});

/** Sends a word, and gives what comes back. */
async function ask(port: number, index: number): Promise<string> {
  const socket = net.connect({ host: "127.0.0.1", port });
  socket.write(String(index));
  const [answer] = await once(socket, "data");
  socket.end();
  await once(socket, "close");
  return String(answer);
}
