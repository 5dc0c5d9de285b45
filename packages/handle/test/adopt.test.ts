/**
 * Adopting descriptors: who is taken, who is refused and left as it was, and what is given back.
 */
import { type ChildProcess, spawn } from "node:child_process";
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { Handle } from "@pike-io/handle";
import type { Notifier } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import {
  codeOf,
  flagsOf,
  folder,
  freshPath,
  isNonBlocking,
  linkOf,
  makeFifo,
  openDescriptors,
  openFifo,
  openPipe,
  thrownCode,
} from "./descriptors.js";

describe("adopting a descriptor", () => {
  let notifier: Notifier;
  let before: number[];

  beforeEach(() => {
    before = openDescriptors();
    notifier = openNotifier();
  });

  afterEach(async () => {
    await notifier.close();
    expect(openDescriptors()).to.deep.equal(before);
  });

  it("a pipe: reads, writes, and 0 when the last writer hangs up (lesson 2)", async () => {
    const pipe = openPipe();
    const reader = Handle.adopt(notifier, pipe.read);
    const writer = Handle.adopt(notifier, pipe.write);
    expect(reader.fd).to.equal(pipe.read);
    const waiting = reader.read(new Uint8Array(100));
    await writer.writeAll(Buffer.from("hello"));
    expect(await waiting).to.equal(5);
    const last = reader.read(new Uint8Array(100));
    await writer.close();
    expect(await last).to.equal(0);
    await reader.close();
  });

  it("a pipe whose reader is gone: EPIPE, and the process lives (lesson 8)", async () => {
    const pipe = openPipe();
    const writer = Handle.adopt(notifier, pipe.write);
    closeSync(pipe.read);
    expect(await codeOf(writer.writeAll(Buffer.from("a")))).to.equal("EPIPE");
    await writer.close();
  });

  it("a full pipe: a writer waits, and goes on as the reader reads", async () => {
    const pipe = openPipe();
    const [reader, writer] = [pipe.read, pipe.write].map((fd) => Handle.adopt(notifier, fd)) as [
      Handle,
      Handle,
    ];
    const bytes = new Uint8Array(1_000_000).map((_, i) => (i * 31) >> 3);
    const writing = writer.writeAll(bytes).then(() => writer.close());
    const chunks: Uint8Array[] = [];
    for await (const chunk of reader) chunks.push(chunk);
    await writing;
    expect(Buffer.compare(Buffer.concat(chunks), bytes)).to.equal(0);
    await reader.close();
  });

  it("a child's standard output, read to its end", async () => {
    const pipe = openPipe();
    const child = spawn("seq", ["1", "20000"], { stdio: ["ignore", pipe.write, "ignore"] });
    closeSync(pipe.write);
    const reader = Handle.adopt(notifier, pipe.read);
    let text = "";
    for await (const chunk of reader) text += Buffer.from(chunk).toString();
    await reader.close();
    await exited(child);
    expect(text.split("\n")).to.have.length(20_001);
    expect(text.endsWith("\n19999\n20000\n")).to.equal(true);
  });

  it("a terminal's master: waits for input that does not come, and is given back", async () => {
    const fd = openSync("/dev/ptmx", constants.O_RDWR | constants.O_NOCTTY);
    const handle = Handle.adopt(notifier, fd);
    expect(await codeOf(handle.read(new Uint8Array(1), { timeoutMs: 5 }))).to.equal("PIKE_TIMEOUT");
    expect((await handle.wait("write")).writable).to.equal(true);
    const detached = await handle.detach();
    expect(detached.fd).to.equal(fd);
    expect(handle.state).to.equal("detached");
    closeSync(fd);
  });

  it("what no notifier can wait for is PIKE_UNSUPPORTED, and stays as it was (lesson 1)", () => {
    const path = freshPath(".txt");
    writeFileSync(path, "some text");
    const fds = [openSync(path, "r+"), openSync(folder, "r"), openSync("/dev/null", "r+")];
    const [file, directory, device] = fds as [number, number, number];
    readSync(file, new Uint8Array(2));
    const flags = fds.map((fd) => flagsOf(fd));
    expect(thrownCode(() => Handle.adopt(notifier, file))).to.equal("PIKE_UNSUPPORTED");
    expect(thrownCode(() => Handle.adopt(notifier, directory))).to.equal("PIKE_UNSUPPORTED");
    expect(thrownCode(() => Handle.adopt(notifier, device))).to.equal("PIKE_UNSUPPORTED");
    expect(fds.map((fd) => flagsOf(fd))).to.deep.equal(flags);
    // The position is where it was: nothing was read to find out.
    const rest = Buffer.alloc(20);
    expect(rest.toString("utf8", 0, readSync(file, rest))).to.equal("me text");
    for (const fd of fds) closeSync(fd);
    expect(notifier.counters.handles).to.equal(0);
  });

  it("an epoll descriptor is PIKE_UNSUPPORTED, the runtime's own too", () => {
    const loop = before.find((fd) => linkOf(fd) === "anon_inode:[eventpoll]") as number;
    expect(loop).to.be.a("number");
    expect(thrownCode(() => Handle.adopt(notifier, loop))).to.equal("PIKE_UNSUPPORTED");
    expect(linkOf(loop)).to.equal("anon_inode:[eventpoll]");
  });

  it("a closed number is EBADF", () => {
    expect(thrownCode(() => Handle.adopt(notifier, 19_999))).to.equal("EBADF");
    const { read, write } = openPipe();
    closeSync(read);
    closeSync(write);
    expect(thrownCode(() => Handle.adopt(notifier, read))).to.equal("EBADF");
  });

  it("twice is PIKE_IN_USE, in this notifier or another, until it is given back", async () => {
    const { read, write } = openPipe();
    const handle = Handle.adopt(notifier, read);
    const other = openNotifier();
    expect(thrownCode(() => Handle.adopt(notifier, read))).to.equal("PIKE_IN_USE");
    expect(thrownCode(() => Handle.adopt(other, read))).to.equal("PIKE_IN_USE");
    const own = other.openSocket({ family: "ipv4", type: "stream" });
    expect(thrownCode(() => Handle.adopt(notifier, other.fd(own)))).to.equal("PIKE_IN_USE");
    await handle.detach();
    const again = Handle.adopt(other, read);
    writeSync(write, "x");
    expect(await again.read(new Uint8Array(2))).to.equal(1);
    await again.close();
    closeSync(write);
    await other.close();
  });

  it("wrong types and ranges are refused before anything happens", () => {
    for (const fd of ["1", null, undefined, {}, 1n]) {
      expect(thrownCode(() => Handle.adopt(notifier, fd as number))).to.equal("PIKE_TYPE");
    }
    for (const fd of [-1, 1.5, 2 ** 31, Number.NaN]) {
      expect(thrownCode(() => Handle.adopt(notifier, fd))).to.equal("PIKE_RANGE");
    }
    for (const none of [null, {}, 1]) {
      expect(thrownCode(() => Handle.adopt(none as never, 0))).to.equal("PIKE_TYPE");
    }
    const memory = new MemoryNetwork().host("10.0.0.1");
    expect(thrownCode(() => Handle.adopt(memory, 0))).to.equal("PIKE_UNSUPPORTED");
  });
});

describe("giving a descriptor back", () => {
  let notifier: Notifier;
  let before: number[];

  beforeEach(() => {
    before = openDescriptors();
    notifier = openNotifier();
  });

  afterEach(async () => {
    await notifier.close();
    expect(openDescriptors()).to.deep.equal(before);
  });

  it("detach restores O_NONBLOCK as it was found, set or not", async () => {
    for (const flag of [0, constants.O_NONBLOCK]) {
      const { read, write } = openPipe(flag);
      const handle = Handle.adopt(notifier, read);
      const pending = codeOf(handle.read(new Uint8Array(1)));
      expect(isNonBlocking(read), "while adopted").to.equal(true);
      const { fd, unread } = await handle.detach();
      expect(await pending).to.equal("PIKE_CLOSED");
      expect([fd, unread.length]).to.deep.equal([read, 0]);
      expect(isNonBlocking(read), "afterwards").to.equal(flag !== 0);
      fstatSync(read);
      closeSync(read);
      closeSync(write);
    }
  });

  it("close restores it too, for the process that shares the open file", async () => {
    const { read, write } = openPipe();
    const child = spawn("sleep", ["60"], { stdio: [read, "ignore", "ignore"] });
    await new Promise((resolve) => child.once("spawn", resolve));
    const pid = child.pid as number;
    const handle = Handle.adopt(notifier, read);
    expect(await codeOf(handle.read(new Uint8Array(1), { timeoutMs: 0 }))).to.equal("PIKE_TIMEOUT");
    expect(isNonBlocking(0, pid)).to.equal(true);
    await handle.close();
    expect(isNonBlocking(0, pid)).to.equal(false);
    child.kill("SIGKILL");
    await exited(child);
    closeSync(write);
  });

  it("closing the notifier restores it, and closes what it adopted", async () => {
    const { read, write } = openPipe();
    const child = spawn("sleep", ["60"], { stdio: [read, "ignore", "ignore"] });
    await new Promise((resolve) => child.once("spawn", resolve));
    const other = openNotifier();
    const handle = Handle.adopt(other, read);
    const pending = codeOf(handle.read(new Uint8Array(1)));
    await other.close();
    expect(await pending).to.equal("PIKE_CLOSED");
    expect(isNonBlocking(0, child.pid as number)).to.equal(false);
    expect(linkOf(read)).to.equal(null);
    child.kill("SIGKILL");
    await exited(child);
    closeSync(write);
  });

  it("a number used again at once is another handle's: nothing of the old one reaches it", async () => {
    const fifo = makeFifo();
    for (let i = 0; i < 200; i++) {
      const { read, write } = openFifo(fifo);
      const first = Handle.adopt(notifier, read);
      const pending = codeOf(first.read(new Uint8Array(1)));
      // An event for the old descriptor is on its way when it closes.
      writeSync(write, "old");
      const closing = first.close();
      await closing;
      closeSync(write);
      expect(["resolved", "PIKE_CLOSED"]).to.include(await pending);
      // Both ends take the lowest free number; one below, of the runtime's own, may have come free.
      const next = openFifo(fifo);
      expect([next.read, next.write]).to.include(read);
      const second = Handle.adopt(notifier, next.read);
      const buffer = new Uint8Array(9);
      const reading = second.read(buffer);
      writeSync(next.write, "new");
      expect(Buffer.from(buffer.buffer, 0, await reading).toString()).to.equal("new");
      await second.close();
      closeSync(next.write);
    }
  });

  it("detaching and closing at once: the one that came first decides", async () => {
    const { read, write } = openPipe();
    const handle = Handle.adopt(notifier, read);
    const detaching = handle.detach();
    expect(await codeOf(handle.detach())).to.equal("PIKE_CLOSED");
    await handle.close();
    expect((await detaching).fd).to.equal(read);
    expect(linkOf(read)).to.match(/fifo/);
    closeSync(read);
    const other = Handle.adopt(notifier, write);
    const closing = other.close();
    expect(await codeOf(other.detach())).to.equal("PIKE_CLOSED");
    await closing;
    expect(linkOf(write)).to.equal(null);
  });

  it("a detach that the notifier refuses leaves the handle open", async () => {
    const { SocketHandle } = await import("./descriptors.js");
    const memory = new MemoryNetwork().host("10.0.0.1");
    const handle = new SocketHandle(memory);
    expect(await codeOf(handle.detach())).to.equal("PIKE_UNSUPPORTED");
    expect(handle.state).to.equal("open");
    await handle.close();
    expect(handle.state).to.equal("closed");
    await memory.close();
  });
});

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}
