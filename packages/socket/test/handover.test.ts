/** Sockets that change hands: to node:net, to a child process, and to another notifier. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import net from "node:net";
import { Handle } from "@pike-io/handle";
import type { IpAddress, Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { connect, type Listener, listen, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, descriptorCount, pattern, settledDescriptorCount, thrownCode } from "./peers.js";

describe("a socket that changes hands", () => {
  let notifier: Notifier;
  let listener: Listener;
  let before: number;

  beforeEach(async () => {
    before = await settledDescriptorCount();
    notifier = openNotifier();
    listener = await listen({ host: "127.0.0.1", port: 0, notifier });
  });

  afterEach(async () => {
    await notifier.close();
    expect(descriptorCount()).to.equal(before);
  });

  async function pair(): Promise<{ server: Socket; client: Socket }> {
    const { port } = listener.address as IpAddress;
    const [server, client] = await Promise.all([
      listener.accept(),
      connect({ host: "127.0.0.1", port, notifier }),
    ]);
    return { server, client };
  }

  it("goes to node:net by detach, with bytes unread and flags as they were", async () => {
    const { server, client } = await pair();
    await client.writeAll(Buffer.from("before "));
    const flags = flagsOf(server.fd);
    const pending = codeOf(server.accept());
    expect(await pending).to.equal("EINVAL");
    const { fd, unread } = await server.detach();
    expect(unread).to.have.length(0);
    expect(flagsOf(fd)).to.equal(flags);
    expect(await codeOf(server.read(new Uint8Array(1)))).to.equal("PIKE_CLOSED");
    const node = new net.Socket({ fd, readable: true, writable: true, allowHalfOpen: true });
    node.resume();
    const chunks: Buffer[] = [];
    node.on("data", (chunk) => chunks.push(chunk));
    await client.writeAll(Buffer.from("and after"));
    client.shutdown("write");
    await once(node, "end");
    expect(Buffer.concat(chunks).toString()).to.equal("before and after");
    node.end("good-bye");
    const answer = await client.readChunk();
    expect(Buffer.from(answer as Uint8Array).toString()).to.equal("good-bye");
    node.destroy();
    if (!node.closed) await once(node, "close");
  });

  it("goes to another notifier by adopt, and speaks on", async () => {
    const { server, client } = await pair();
    const { fd } = await server.detach();
    const other = openNotifier();
    const handle = Handle.adopt(other, fd);
    const reading = handle.read(new Uint8Array(10));
    await client.writeAll(pattern(10));
    expect(await reading).to.equal(10);
    await handle.writeAll(pattern(20));
    expect((await client.readChunk())?.length).to.equal(20);
    await other.close();
    expect(await client.read(new Uint8Array(1))).to.equal(0);
  });

  it("goes to a child process, which adopts it as its standard input", async () => {
    const { server, client } = await pair();
    const { fd } = await server.detach();
    const program = `
      import { Handle } from "@pike-io/handle";
      import { openNotifier } from "@pike-io/notifier-native";
      const handle = Handle.adopt(openNotifier(), 0);
      for await (const chunk of handle) await handle.writeAll(chunk.map((byte) => byte ^ 255));
      await handle.close();`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      cwd: import.meta.dirname,
      stdio: [fd, "inherit", "inherit"],
    });
    // Not by node:fs: Deno's closes nothing but what it has opened.
    await Handle.adopt(notifier, fd).close();
    const bytes = pattern(100_000);
    const sending = client.writeAll(bytes).then(() => client.shutdown("write"));
    const chunks: Uint8Array[] = [];
    for await (const chunk of client) chunks.push(chunk);
    await sending;
    const expected = bytes.map((byte) => byte ^ 255);
    expect(Buffer.compare(Buffer.concat(chunks), expected)).to.equal(0);
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).to.equal(0);
  });
});

describe("options by the system's numbers", () => {
  let notifier: Notifier;

  beforeEach(() => {
    notifier = openNotifier();
  });

  afterEach(() => notifier.close());

  const [SOL_SOCKET, IPPROTO_TCP] = [1, 6];
  const [SO_REUSEADDR, SO_LINGER, SO_RCVTIMEO, TCP_NODELAY, TCP_INFO] = [2, 13, 20, 1, 11];
  const SO_ATTACH_FILTER = 26;

  it("agree with the typed ones, in the system's own layout (lesson 9)", () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    socket.set("receiveTimeout", 2_500).set("linger", 7).set("reuseAddress", true);
    const time = new BigInt64Array(socket.getOption(SOL_SOCKET, SO_RCVTIMEO, 16).slice().buffer);
    expect([...time]).to.deep.equal([2n, 500_000n]);
    const linger = new Int32Array(socket.getOption(SOL_SOCKET, SO_LINGER, 8).slice().buffer);
    expect([...linger]).to.deep.equal([1, 7]);
    expect(socket.getOption(SOL_SOCKET, SO_REUSEADDR, 4)[0]).to.equal(1);
    expect(socket.getOption(IPPROTO_TCP, TCP_NODELAY, 4)[0]).to.equal(1);
    socket.setOption(IPPROTO_TCP, TCP_NODELAY, new Uint8Array(4));
    expect(socket.get("noDelay")).to.equal(false);
    const longer = new Uint8Array(new BigInt64Array([3n, 500_000n]).buffer);
    socket.setOption(SOL_SOCKET, SO_RCVTIMEO, longer);
    expect(socket.get("receiveTimeout")).to.equal(3_500);
    expect(socket.getOption(IPPROTO_TCP, TCP_INFO, 200).length).to.be.above(100);
  });

  it("give no more than is asked for, and no byte that the system did not fill in", () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    for (let size = 0; size <= 8; size++) {
      expect(socket.getOption(SOL_SOCKET, SO_REUSEADDR, size)).to.have.length(Math.min(size, 4));
    }
    const value = socket.getOption(SOL_SOCKET, SO_REUSEADDR, 4_096);
    expect(value.buffer.byteLength).to.equal(value.byteLength);
  });

  it("that carry pointers are refused, unknown ones by the system", () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    const filter = () => socket.setOption(SOL_SOCKET, SO_ATTACH_FILTER, new Uint8Array(16));
    expect(filter)
      .to.throw(/pointers/)
      .with.property("code", "PIKE_UNSUPPORTED");
    expect(thrownCode(() => socket.getOption(SOL_SOCKET, 9_999, 4))).to.equal("ENOPROTOOPT");
    expect(thrownCode(() => socket.setOption(9_999, 1, new Uint8Array(4)))).to.be.oneOf([
      "ENOPROTOOPT",
      "EOPNOTSUPP",
      "EINVAL",
    ]);
  });
});

/** The status flags of a descriptor, as the system has them. */
function flagsOf(fd: number): string {
  return /^flags:.*/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"))?.[0] ?? "";
}
