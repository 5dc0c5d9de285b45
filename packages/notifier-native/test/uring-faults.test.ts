/**
 * Hazard: the kernel takes no submissions for a moment (short of memory, no place for completions,
 * a signal), and an operation is lost, told to nobody, or waits for ever.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { run } from "./program.js";
import { test } from "./uring.js";

const EINTR = 4;
const EAGAIN = 11;
const EBUSY = 16;

/** Talk of all kinds; whatever fails, or does not end, ends it with another code than 0. */
const program = `
  const here = { host: "127.0.0.1", port: 0 };
  const notifier = openNotifier({ backend: "io_uring" });
  const listener = await listen({ ...here, notifier });
  const to = { ...here, port: listener.address.port, notifier };
  const open = async () => {
    const accepted = listener.accept();
    const client = await connect(to);
    return [await accepted, client];
  };
  const pairs = [];
  for (let i = 0; i < 30; i++) pairs.push(await open());
  const readAll = async (peer) => {
    const parts = [];
    for (let chunk; (chunk = await peer.readChunk()) !== null; ) parts.push(chunk);
    return Buffer.concat(parts);
  };

  // More than the queue has places for, asked for at once and then given up.
  const [one] = pairs[0];
  const readings = Array.from({ length: 30 }, (_, i) => pairs[i][0].read(new Uint8Array(9)));
  for (const [, client] of pairs) await client.writeAll(Uint8Array.of(1));
  for (const reading of readings) if ((await reading) !== 1) throw new Error("read");

  // Echoes, at the same time.
  await Promise.all(pairs.map(async ([peer, client]) => {
    for (let round = 0; round < 20; round++) {
      const reading = peer.read(new Uint8Array(100));
      await client.writeAll(new Uint8Array(100).fill(round));
      const n = await reading;
      for (let rest = 100 - n; rest > 0; ) rest -= await peer.read(new Uint8Array(rest));
    }
  }));

  // Given up, and the next one has the bytes.
  for (let round = 0; round < 20; round++) {
    const abort = new AbortController();
    const reading = one.read(new Uint8Array(9), { signal: abort.signal }).catch((error) => error);
    abort.abort();
    if ((await reading).name !== "AbortError") throw new Error("abort");
  }

  // Written, and the way out closed at once: small and large, at the end and by a close.
  const texts = pairs.map(([peer]) => readAll(peer));
  const sizes = [300, 5_000, 16_384, 70_000];
  await Promise.all(pairs.map(async ([, client], i) => {
    const writing = client.writeAll(new Uint8Array(sizes[i % 4]));
    if (i % 3 === 0) await writing;
    else if (i % 4 === 3) await writing;
    client.shutdown("write");
    await writing;
  }));
  for (const [i, text] of (await Promise.all(texts)).entries()) {
    if (text.length !== sizes[i % 4]) throw new Error(i + " " + text.length);
  }
  await Promise.all(pairs.flat().map((peer) => peer.close()));

  // Slots used again at once, with bytes under way.
  for (let round = 0; round < 40; round++) {
    const [peer, client] = await open();
    const reading = peer.readChunk().catch(() => null);
    const writing = client.writeAll(Uint8Array.of(round)).catch(() => null);
    await Promise.all([peer.close(), reading, writing]);
    await client.close();
  }
  await listener.close();

  // Far more than the queue has places for, at once.
  const door = await listen({ ...here, notifier, backlog: 2_000 });
  const crowd = [];
  for (let i = 0; i < 600; i++) {
    const accepted = door.accept();
    const client = await connect({ ...here, port: door.address.port, notifier });
    crowd.push(await accepted, client);
  }
  const waiting = crowd.map((peer) => peer.read(new Uint8Array(4)));
  for (let i = 0; i < crowd.length; i++) await crowd[i].writeAll(Uint8Array.of(1));
  for (const reading of waiting) if ((await reading) !== 1) throw new Error("crowd");
  await Promise.all(crowd.map((peer) => peer.close()));
  await door.close();
  await notifier.close();
  const { pending, handles } = notifier.counters;
  console.log(pending, handles);`;

describe("io_uring that is refused entry now and then", () => {
  let folder: string;
  let library: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-faults-"));
    library = join(folder, "fault_uring.so");
    const source = fileURLToPath(new URL("../test/fault_uring.c", import.meta.url));
    if (process.platform !== "linux") return;
    const flags = ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library];
    execFileSync("cc", [...flags, source], { stdio: "inherit" });
    if (process.env["PIKE_SANITIZER"] !== "address") return;
    // Its runtime has to come first.
    const asan = execFileSync("cc", ["-print-file-name=libasan.so"], { encoding: "utf8" }).trim();
    library = `${asan} ${library}`;
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, error, every, times] of [
    ["EAGAIN", EAGAIN, 3, 1],
    ["EBUSY, four times of five", EBUSY, 5, 4],
    ["EINTR", EINTR, 2, 1],
  ] as const) {
    for (const sends of ["batch", "turn"]) {
      test(`${name}, sending by "${sends}": nothing is lost, told wrongly, or waits for ever`, async () => {
        const made = join(folder, "made");
        rmSync(made, { force: true });
        const ended = await run(program, {
          LD_PRELOAD: library,
          PIKE_FAULTS_MADE: made,
          PIKE_FAULTS: `${error} ${every} ${times}`,
          PIKE_URING_SENDS: sends,
        });
        expect(ended).to.deep.equal({ code: 0, signal: null, stdout: "0 0\n", stderr: "" });
        expect(existsSync(made), "there was a fault").to.equal(true);
      });
    }
  }
});
