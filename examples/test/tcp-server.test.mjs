/** The server against peers that are not pike, with Ctrl-C from a pseudo-terminal. */
import { once } from "node:events";
import net from "node:net";
import { expect } from "chai";
import { start } from "./run.mjs";

/** A peer that is not pike; collects what the server says. */
async function join(port) {
  const peer = net.connect(port, "127.0.0.1").setEncoding("utf8");
  await once(peer, "connect");
  peer.name = `127.0.0.1:${peer.localPort}`;
  peer.heard = "";
  peer.on("data", (text) => {
    peer.heard += text;
    peer.emit("heard");
  });
  while (!peer.heard.includes("log every line\n")) await once(peer, "heard");
  return peer;
}

async function listening(options) {
  const example = start("tcp-server.mjs", ["0"], options);
  const [, port] = await example.seen(/listening on 127\.0\.0\.1:(\d+)/);
  return { example, port: Number(port) };
}

describe("examples/tcp-server.mjs", () => {
  it("greets each peer, logs lines, says good-bye to every peer on Ctrl-C and shuts down", async () => {
    const { example, port } = await listening({ terminal: true });
    const first = await join(port);
    const second = await join(port);
    expect(first.heard).to.match(new RegExp(`^hello, ${first.name}\n`));
    expect(second.heard).to.match(new RegExp(`^hello, ${second.name}\n`));

    first.write("one\ntw");
    await example.seen(new RegExp(`${first.name} says: one`));
    first.write("o\n");
    await example.seen(new RegExp(`${first.name} says: two`));
    second.write("three\n");
    await example.seen(new RegExp(`${second.name} says: three`));

    example.type("\x03");
    await Promise.all([once(first, "end"), once(second, "end")]);
    expect(first.heard).to.match(/\ngood-bye\n$/);
    expect(second.heard).to.match(/\ngood-bye\n$/);
    const { code, output, errors } = await example.end();
    expect(errors).to.equal("");
    expect(output).to.match(/saying good-bye to 2 peers\nshut down\n$/);
    expect(code).to.equal(0);
  });

  it("goes on when a peer leaves, and when one resets", async () => {
    const { example, port } = await listening();
    const leaver = await join(port);
    leaver.end("last words");
    await example.seen(new RegExp(`${leaver.name} says: last words\n${leaver.name} left`));
    const resetter = await join(port);
    resetter.resetAndDestroy();
    await example.seen(new RegExp(`${resetter.name} is gone: .*reset`));
    const third = await join(port);
    example.kill("SIGINT");
    await once(third, "end");
    const { code, output } = await example.end();
    expect(output).to.match(/saying good-bye to 1 peers\nshut down\n$/);
    expect(code).to.equal(0);
  });

  it("shuts down on SIGTERM too, although a peer has stopped reading", async () => {
    const { example, port } = await listening();
    const peer = await join(port);
    peer.pause();
    example.kill("SIGTERM");
    const { code } = await example.end();
    peer.destroy();
    expect(code).to.equal(0);
  });

  it("serves tcp-client.mjs", async () => {
    const { example, port } = await listening();
    const client = await start("tcp-client.mjs", [String(port)]).end();
    expect(client.output).to.include("sent: message 2");
    expect(client.code).to.equal(0);
    await example.seen(/says: message 1\n.* says: message 2\n.* left/);
    example.kill("SIGINT");
    expect((await example.end()).code).to.equal(0);
  });
});
