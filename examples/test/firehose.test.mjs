/** The firehoses, against receivers that are not pike and count what comes. */
import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { expect } from "chai";
import { start } from "./run.mjs";

describe("examples/tcp-firehose.mjs", () => {
  it("sends 1,024 bytes at a time over one connection", async () => {
    const connections = [];
    const server = net.createServer((peer) => {
      const seen = { bytes: 0, wrong: 0 };
      connections.push(seen);
      peer.on("data", (chunk) => {
        seen.bytes += chunk.length;
        seen.wrong += chunk.filter((byte) => byte !== 0x70).length;
      });
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const example = start("tcp-firehose.mjs", ["2000", String(server.address().port)]);
    const { code, output, errors } = await example.end();
    server.close();
    expect(errors).to.equal("");
    expect(connections).to.deep.equal([{ bytes: 2_000 * 1_024, wrong: 0 }]);
    expect(output).to.match(/^2000 sends, 2048000 bytes, \d+ MB\/s\n$/);
    expect(code).to.equal(0);
  });

  it("is its own receiver without a port", async () => {
    const { code, output } = await start("tcp-firehose.mjs", ["5000"]).end();
    expect(output).to.match(/^5000 sends, 5120000 bytes, \d+ MB\/s\n$/);
    expect(code).to.equal(0);
  });
});

describe("examples/udp-firehose.mjs", () => {
  it("sends datagrams of 1,400 bytes", async () => {
    const receiver = dgram.createSocket("udp4");
    const sizes = [];
    receiver.on("message", (message) => sizes.push(message.length));
    await once(receiver.bind(0, "127.0.0.1"), "listening");
    const example = start("udp-firehose.mjs", ["40", String(receiver.address().port)]);
    const { code, output, errors } = await example.end();
    while (sizes.length < 40) await once(receiver, "message");
    receiver.close();
    expect(errors).to.equal("");
    expect(sizes).to.deep.equal(new Array(40).fill(1_400));
    expect(output).to.match(/^40 datagrams, 56000 bytes, \d+ MB\/s\n$/);
    expect(code).to.equal(0);
  });

  it("is its own receiver without a port, and counts what arrived", async () => {
    const { code, output } = await start("udp-firehose.mjs", ["5000"]).end();
    const [, arrived] = /\n(\d+) of them arrived/.exec(output) ?? [];
    expect(Number(arrived)).to.be.within(1, 5_000);
    expect(code).to.equal(0);
  });
});
