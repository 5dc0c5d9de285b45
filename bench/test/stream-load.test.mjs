/** The one-way modes of the load against servers that do wrong: none may pass. */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { buildPrograms, programPath } from "../build.mjs";
import { Child } from "../child.mjs";
import { message } from "../subjects/message.mjs";

/** @typedef {(socket: import("node:net").Socket, chunk: Buffer) => void} Answer */

describe("load generator, one way", function () {
  this.timeout(20_000);
  before(() => {
    buildPrograms();
  });

  const pull = ["--mode", "pull", "--bytes", "100", "--per-request", "10", "--verify-all"];
  const good = Buffer.concat(Array.from({ length: 10 }, () => message(100)));

  it("pull: finds a wrong byte", async () => {
    const bad = Buffer.from(good);
    bad[777] = 0;
    expect(await failureAgainst(pull, (socket) => socket.write(bad))).to.match(/wrong bytes/);
  });

  it("pull: finds a byte too many behind the last answer", async () => {
    const failure = await failureAgainst(pull, (socket) => {
      socket.write(Buffer.concat([good, good.subarray(0, 1)]));
    });
    expect(failure).to.match(/beyond the last answer|wrong bytes/);
  });

  it("pull: gives up on a server that sends too little", async () => {
    const args = [...pull, "--stall-ms", "50"];
    const failure = await failureAgainst(args, (socket) => socket.write(good.subarray(1)));
    expect(failure).to.match(/no answer for 50 ms|wrong bytes/);
  });

  const push = ["--mode", "push", "--bytes", "100", "--per-request", "10"];

  it("push: sends exactly what it counts", async () => {
    let received = 0;
    let acknowledged = 0;
    const result = await loadAgainst(push, (socket, chunk) => {
      received += chunk.length;
      for (; acknowledged < Math.floor(received / 1000); acknowledged++) socket.write("x");
    });
    expect(JSON.parse(result).operations).to.equal(50);
    expect(received).to.equal(5000);
  });

  it("push: finds an acknowledgement of what was not sent", async () => {
    const failure = await failureAgainst(push, (socket) => socket.write("xxxxxxxxxx"));
    expect(failure).to.match(/acknowledged what was not sent|beyond the last answer/);
  });

  const bulk = ["--mode", "bulk", "--bytes", "1000", "--window", "3", "--verify-all"];

  it("bulk: finds a stream that is one byte shorter", async () => {
    let first = true;
    const failure = await failureAgainst([...bulk, "--stall-ms", "200"], (socket, chunk) => {
      socket.write(first ? chunk.subarray(1) : chunk);
      first = false;
    });
    expect(failure).to.match(/wrong bytes/);
  });

  const datagrams = ["--mode", "datagram-pull", "--bytes", "100", "--per-request", "1"];

  it("datagram-pull: finds a datagram with a wrong byte, and one too short", async () => {
    for (const bytes of [message(100).fill(9, 50, 51), message(99)]) {
      const socket = createSocket("udp4");
      let port = 0;
      const failure = await failureAgainst([...datagrams, "--verify-all"], (control, chunk) => {
        if (port === 0) port = chunk.readUInt16BE(0);
        socket.send(bytes, port, "127.0.0.1", () => control.write("x"));
      });
      expect(failure).to.match(/wrong bytes|wrong length/);
      socket.close();
    }
  });

  it("idle: opens connections beside the busy ones, which the server has then taken", async () => {
    let peers = 0;
    const server = createServer({ noDelay: true }, (socket) => {
      peers++;
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("error", () => {});
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const child = loadChild(["--connections", "3", "--requests", "30"], server);
    try {
      await child.line(5000);
      child.say("idle 200");
      expect(JSON.parse(await child.line(5000))).to.deep.equal({ idle: 200 });
      expect(peers).to.equal(203);
      child.say("run");
      expect(JSON.parse(await child.line(5000)).operations).to.equal(30);
    } finally {
      await child.stop();
      server.close();
    }
  });
});

/**
 * Runs five requests against a server that answers as told; gives the result's line.
 * @param {readonly string[]} args
 * @param {Answer} answer
 */
async function loadAgainst(args, answer) {
  const server = createServer({ noDelay: true }, (socket) => {
    socket.on("data", (chunk) => answer(socket, chunk));
    socket.on("error", () => {});
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const child = loadChild([...args, "--requests", "5"], server);
  try {
    await child.line(5000);
    child.say("run");
    return await child.line(5000);
  } finally {
    await child.stop();
    server.close();
  }
}

/**
 * @param {readonly string[]} args
 * @param {Answer} answer
 */
async function failureAgainst(args, answer) {
  const outcome = await loadAgainst(args, answer).catch((error) => error);
  expect(outcome, "the load passed a bad server").to.be.instanceOf(Error);
  return outcome.message;
}

/**
 * @param {readonly string[]} args
 * @param {import("node:net").Server} server
 */
function loadChild(args, server) {
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const all = [...args, "--port", String(port)];
  return new Child("the load", { command: programPath("load"), args: all });
}
