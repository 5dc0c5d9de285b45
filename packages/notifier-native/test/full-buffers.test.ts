/**
 * Hazard: datagrams sent many at once meet a buffer that is full, or a system that refuses, and
 * some are lost, sent twice, or taken from memory that is not the caller's any more.
 */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { programSource } from "./program.js";

const COUNT = 500;
/** The first whose memory is changed: more than the system or a turn takes at once come before. */
const CHANGED = 301;

/**
 * A Node with one end of a pair of Unix datagram sockets, which Node cannot make, as descriptor 3.
 * The other end is Python's: it reads nothing until the Node says so, and prints what it got.
 */
const pair = `
import json, os, select, socket, subprocess, sys
mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
def place(): os.dup2(theirs.fileno(), 3)
child = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE, close_fds=False, preexec_fn=place)
theirs.close()
mine.setblocking(False)
seen, text, ended = [], os.read(child.stdout.fileno(), 1000).decode(), False
while True:
    try:
        while True: seen.append(len(mine.recv(1000)))
    except BlockingIOError: pass
    if ended: break
    for one in select.select([mine, child.stdout], [], [])[0]:
        if one is mine: continue
        part = os.read(child.stdout.fileno(), 1000).decode()
        text += part
        ended = part == ""
print(json.dumps({"last": text.strip().split("\\n")[-1], "seen": seen}))
`;

interface Outcome {
  /** What the Node printed last. */
  readonly last: string;
  /** The lengths of what arrived. */
  readonly seen: readonly number[];
}

async function play(source: string): Promise<Outcome> {
  const node = [process.execPath, "--input-type=module", "--eval", programSource(source)];
  const child = spawn("python3", ["-c", pair, ...node], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, "close");
  expect(code).to.equal(0);
  return JSON.parse(text) as Outcome;
}

/** Sends `count` datagrams of growing lengths, 0 to 49, to a peer that reads none of them yet. */
const send = `
  const { Operation, PENDING, codeName } = await import("@pike-io/notifier");
  const notifier = openNotifier();
  const list = Array.from({ length: ${COUNT} }, (_, i) => new Uint8Array(new ArrayBuffer(i % 50)));
  const handle = notifier.adopt(3);
  const request = {
    operation: Operation.sendMany, handle, buffer: list, size: 0, flags: 0, timeoutMs: -1,
    address: null, chunk: null, accepted: -1, transferred: 0, truncated: false, signal: null,
    token: -1,
    complete(result) {
      console.log(result < 0 ? codeName(-result) + " " + this.transferred : result);
      notifier.close();
    },
  };
  if (notifier.submit(request) !== PENDING) throw new Error("it did not wait");
  console.log("submitted");
`;
const lengths = Array.from({ length: COUNT }, (_, i) => i % 50);

describe("many datagrams to a peer that is slow", () => {
  it("wait for room, and all arrive once and in order", async () => {
    const { last, seen } = await play(send);
    expect(last).to.equal(String(COUNT));
    expect(seen).to.deep.equal(lengths);
  });

  it("given up say how many went, and just those arrive", async () => {
    const { last, seen } = await play(`${send} notifier.cancel(request);`);
    const [code, sent] = last.split(" ");
    expect(code).to.equal("PIKE_ABORTED");
    expect(Number(sent)).to.be.within(1, COUNT - 1);
    expect(seen).to.deep.equal(lengths.slice(0, Number(sent)));
  });

  for (const [what, change] of [
    ["taken away", "structuredClone(list[i].buffer, { transfer: [list[i].buffer] })"],
    ["made smaller", "grown[i].resize(0)"],
  ] as const) {
    it(`whose memory is ${what} meanwhile end there and say so, and nothing else is sent`, async () => {
      const { last, seen } = await play(`
        const grown = [];
        const sized = (i) => (grown[i] = new ArrayBuffer(i % 50, { maxByteLength: 100 }));
        ${send.replace("new ArrayBuffer(i % 50)", "sized(i)")}
        for (let i = ${CHANGED}; i < ${COUNT}; i++) { ${change}; }
      `);
      const [code, sent] = last.split(" ");
      expect(code).to.equal("PIKE_BUFFER");
      expect(seen).to.deep.equal(lengths.slice(0, Number(sent)));
      expect(Number(sent)).to.be.at.most(CHANGED);
    });
  }
});

/** Whether a network of one's own can be made, with a loopback device that is slow. */
function networkPossible(): boolean {
  try {
    const slow = `${narrow(1_500)} && tc qdisc add dev lo root tbf rate 8mbit burst 3000 limit 9000`;
    execFileSync("unshare", ["-n", "sh", "-c", slow], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

function narrow(mtu: number): string {
  return `ip link set lo mtu ${mtu} up`;
}

/** Runs a program in a network of its own, made by a shell's command. */
async function inNetwork(command: string, source: string): Promise<string> {
  const node = [process.execPath, "--input-type=module", "--eval", programSource(source)];
  const child = spawn("unshare", ["-n", "sh", "-c", `${command} && exec "$@"`, "sh", ...node], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
  });
  await once(child, "close");
  return text.trim();
}

/** Sends 60 datagrams of `size` bytes to a receiver of the same process, and counts. */
const exchange = `
  const server = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
  const client = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
  server.set("receiveBuffer", 1 << 22);
  const data = new Uint8Array(60 * size).map((_, i) => Math.floor(i / size));
  const sending = client.sendMany({ data, size, address: server.getBindAddress() });
  let count = 0, whole = true;
  for await (const batch of server.batches()) {
    for (let i = 0; i < batch.count; i++, count++) {
      whole &&= batch.bytes(i).every((byte) => byte === count) && batch.length(i) === size;
    }
    if (count >= 60) break;
  }
  const { wouldBlocks } = client.counters;
  console.log(await sending, count, whole, wouldBlocks);
  await notifier.close();
`;

const possible = networkPossible();
if (!possible)
  it("a slow network of one's own (only where unshare(1), ip(8) and tc(8) may make one)");

(possible ? describe : () => undefined)("many datagrams on a slow network", () => {
  it("wait for the socket's send buffer, and all arrive once and in order", async () => {
    const slow = `${narrow(65_536)} && tc qdisc add dev lo root tbf rate 20mbit burst 4000 limit 900000`;
    const text = await inNetwork(
      slow,
      `const size = 1000, notifier = openNotifier({ offload: false });
       ${exchange.replace("const data", 'client.set("sendBuffer", 4608); const data')}`,
    );
    const [sent, count, whole, blocked] = text.split(" ");
    expect([sent, count, whole]).to.deep.equal(["60", "60", "true"]);
    expect(Number(blocked)).to.be.at.least(1);
  });

  it("that a full queue of the device refuses are sent again until it takes them", async () => {
    const slow = `${narrow(65_536)} && tc qdisc add dev lo root tbf rate 20mbit burst 4000 limit 8000`;
    const text = await inNetwork(
      slow,
      // IP_RECVERR: without it Linux keeps the refusal to itself. See ip(7).
      `const size = 1000, notifier = openNotifier({ offload: false });
       ${exchange.replace("const data", "client.setOption(0, 11, Uint8Array.of(1, 0, 0, 0)); const data")}`,
    );
    expect(text).to.match(/^60 60 true/);
  });

  it("too long for one packet of the path are sent in fragments, though they cannot be cut", async () => {
    const text = await inNetwork(
      narrow(1_500),
      // Fragments count as unsent until the receiving side was served, which a busy machine puts
      // off: there is room for all of them.
      `const size = 2000, notifier = openNotifier({ offload: true });
       ${exchange.replace("const data", 'client.set("sendBuffer", 1 << 22); const data')}`,
    );
    expect(text).to.equal("60 60 true 0");
  });
});
