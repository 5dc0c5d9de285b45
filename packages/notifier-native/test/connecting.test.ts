/** Hazard: a connect whose failure somebody else was told of never ends. */
import { once } from "node:events";
import net from "node:net";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { Socket } from "@pike-io/socket";
import { expect } from "chai";

const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => value,
    (error) => error.code,
  );

describe("a refused connect", () => {
  let notifier: Notifier;
  let address: { address: string; port: number };
  beforeEach(async () => {
    notifier = openNotifier();
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    address = { address: "127.0.0.1", port: (server.address() as net.AddressInfo).port };
    server.close();
    await once(server, "close");
  });
  afterEach(() => notifier.close());

  it("with a read and a write behind it: each is told, and no end of stream is made up", async () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    const early = codeOf(socket.read(new Uint8Array(1)));
    const connect = codeOf(socket.connect(address));
    const reads = [codeOf(socket.read(new Uint8Array(1))), codeOf(socket.readChunk())];
    const write = codeOf(socket.write(new Uint8Array(1)));
    expect(await connect).to.equal("ECONNREFUSED");
    expect(await Promise.all(reads)).to.deep.equal(["ECONNREFUSED", "ECONNREFUSED"]);
    expect(await early).to.be.oneOf(["ENOTCONN", "ECONNREFUSED"]);
    expect(await write).to.be.oneOf(["EPIPE", "ENOTCONN", "ECONNREFUSED"]);
  });

  it("whose error was read by the option ends all the same", async () => {
    const socket = Socket.open("ipv4", "stream").registerTo(notifier);
    const connect = codeOf(socket.connect(address, { timeoutMs: 2_000 }));
    expect(socket.get("error")).to.equal("ECONNREFUSED");
    expect(await connect).to.equal("ECONNREFUSED");
  });
});
