/**
 *  A load generator that lets a bad server pass would make every figure worthless: here are bad
 * servers.
 */
import { once } from "node:events";
import { createServer } from "node:net";
import { expect } from "chai";
import { buildPrograms, programPath } from "../build.mjs";
import { Child } from "../child.mjs";
import { checkSanity } from "../sanity.mjs";

describe("load generator", () => {
  before(function () {
    this.timeout(60_000);
    buildPrograms();
  });

  it("counts what the C server counts", async () => {
    expect(await checkSanity()).to.match(/^sanity: 20000 echoes/);
  });

  it("completes exactly the requests asked for, over split echoes too", async () => {
    const result = await loadAgainst((socket, chunk) => {
      socket.write(chunk.subarray(0, 10));
      setImmediate(() => socket.write(chunk.subarray(10)));
    });
    expect(JSON.parse(result).operations).to.equal(300);
  });

  it("finds one wrong byte", async () => {
    let echoes = 0;
    const failure = await failureAgainst((socket, chunk) => {
      if (++echoes === 100) chunk[63] = /** @type {number} */ (chunk[63]) ^ 1;
      socket.write(chunk);
    });
    expect(failure).to.match(/wrong bytes/);
  });

  it("finds an echo that belongs to another connection", async () => {
    /** @type {Buffer | undefined} */
    let last;
    const failure = await failureAgainst((socket, chunk) => {
      socket.write(last ?? chunk);
      last = chunk;
    });
    expect(failure).to.match(/wrong bytes/);
  });

  it("finds a byte too many behind the last echo", async () => {
    let echoes = 0;
    const failure = await failureAgainst((socket, chunk) => {
      socket.write(++echoes === 300 ? Buffer.concat([chunk, chunk]) : chunk);
    });
    expect(failure).to.match(/bytes beyond the last answer/);
  });

  it("finds a connection closed too early", async () => {
    let echoes = 0;
    const failure = await failureAgainst((socket, chunk) => {
      if (++echoes === 100) socket.end();
      else socket.write(chunk);
    });
    expect(failure).to.match(/closed a connection/);
  });

  it("gives up on a server that falls silent", async () => {
    expect(await failureAgainst(() => {}, ["--stall-ms", "50"])).to.match(/no echo for 50 ms/);
  });

  it("refuses options that make no sense", async () => {
    expect(await endOf(["--port", "0"])).to.match(/--port must be a number from 1 to 65535/);
    expect(await endOf(["--port", "1", "--mode", "x"])).to.match(/no mode "x"/);
  });
});

/** @typedef {(socket: import("node:net").Socket, chunk: Buffer) => void} Answer */

/**
 * Runs 300 requests over 3 connections against a server that answers as told; gives the result's
 * line.
 * @param {Answer} answer
 * @param {readonly string[]} extra arguments
 */
async function loadAgainst(answer, extra = []) {
  /** @type {Set<import("node:net").Socket>} */
  const sockets = new Set();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (chunk) => answer(socket, chunk));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  const args = ["--port", String(port), "--connections", "3", "--requests", "300", ...extra];
  const child = loadChild(args);
  try {
    await child.line(5000);
    child.say("run");
    return await child.line(5000);
  } finally {
    await child.stop();
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/**
 * @param {Answer} answer
 * @param {readonly string[]} [extra]
 */
async function failureAgainst(answer, extra) {
  const outcome = await loadAgainst(answer, extra).catch((error) => error);
  expect(outcome, "the load passed a bad server").to.be.instanceOf(Error);
  return outcome.message;
}

/** @param {readonly string[]} args */
async function endOf(args) {
  const child = loadChild(args);
  const outcome = await child.line(5000).catch((error) => error);
  await child.stop();
  expect(outcome).to.be.instanceOf(Error);
  return outcome.message;
}

/** @param {readonly string[]} args */
function loadChild(args) {
  return new Child("the load", { command: programPath("load"), args });
}
