/** The client against servers that are not pike: torn messages, refusal, an early end. */
import { once } from "node:events";
import net from "node:net";
import { expect } from "chai";
import { start } from "./run.mjs";

describe("examples/tcp-client.mjs", () => {
  let server;
  let port;

  beforeEach(async () => {
    server = net.createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    port = String(server.address().port);
  });

  afterEach(() => server.close());

  it("reads two messages and sends two to a peer that is not pike", async () => {
    const example = start("tcp-client.mjs", [port]);
    const [peer] = await once(server, "connection");
    peer.write("first\nsec"); // torn in the middle of a message
    await example.seen(/got: first/);
    peer.write("ond\n");
    const got = [];
    for await (const chunk of peer) got.push(chunk);
    peer.end();
    expect(Buffer.concat(got).toString()).to.equal("message 1\nmessage 2\n");
    const { code, output, errors } = await example.end();
    expect(errors).to.equal("");
    expect(output.trimEnd().split("\n")).to.deep.equal([
      `connected to 127.0.0.1:${port}`,
      "got: first",
      "got: second",
      "sent: message 1",
      "sent: message 2",
    ]);
    expect(code).to.equal(0);
  });

  it("fails with the system's error when nobody listens", async () => {
    server.close();
    await once(server, "close");
    const { code, errors } = await start("tcp-client.mjs", [port]).end();
    expect(errors).to.include(`connect 127.0.0.1:${port}: connection refused`);
    expect(errors).to.include("ECONNREFUSED");
    expect(code).to.equal(1);
  });

  it("says so when the server leaves before both messages", async () => {
    const example = start("tcp-client.mjs", [port]);
    const [peer] = await once(server, "connection");
    peer.end("only one\n");
    const { code, errors } = await example.end();
    expect(errors).to.include("closed the connection before both messages");
    expect(code).to.equal(1);
  });
});
