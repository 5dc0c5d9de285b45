/**
 * A limit that drops bytes or cuts corners is no limit: each program of limit/ does what it says,
 * every byte compared.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { expect } from "chai";
import { findAvailable } from "../availability.mjs";
import { buildPrograms, programPath } from "../build.mjs";
import { Child } from "../child.mjs";
import { portOf } from "../methods/load.mjs";
import { subjects } from "../subjects.mjs";

const TIMEOUT_MS = 10_000;

buildPrograms();
const { absent } = await findAvailable(subjects.filter(({ name }) => name === "c-io_uring"));
const noRing = absent[0]?.reason;

/**
 * A case that needs io_uring; where it is refused, one that says so.
 * @param {string} title
 * @param {() => Promise<void>} body
 */
function itOnRing(title, body) {
  if (noRing === undefined) it(title, body);
  else it(`${title} (pending: ${noRing})`);
}

describe("limit programs", function () {
  this.timeout(30_000);

  const streamed = ["--mode", "bulk", "--verify-all", "--bytes", "65536", "--window", "16"];
  /** @type {{ program: "echo_epoll" | "echo_io_uring", args: string[] }[]} */
  const echoes = [
    { program: "echo_epoll", args: [] },
    { program: "echo_io_uring", args: [] },
    // So few buffers that receiving has to stop and go on again and again.
    { program: "echo_io_uring", args: ["2", "100"] },
  ];
  for (const { program, args } of echoes) {
    const title = `${[program, ...args].join(" ")}: echoes over many connections, and a stream`;
    const define = program === "echo_epoll" ? it : itOnRing;
    define(title, async () => {
      await withServer(program, args, async (server, port) => {
        const echoed = await load(port, ["--connections", "300", "--requests", "5000"]);
        expect(echoed.operations).to.equal(5000);
        const accept = ["--mode", "accept", "--connections", "20", "--requests", "500"];
        expect((await load(port, accept)).operations).to.equal(500);
        expect((await load(port, [...streamed, "--requests", "200"])).operations).to.equal(200);
        const { accepted, bytes } = await server.ask();
        expect(accepted).to.equal(300 + 500 + 1);
        expect(bytes).to.equal(5500 * 64 + 200 * 65_536);
      });
    });
  }

  it("stream_epoll echo: sends back every byte", async () => {
    await withServer("stream_epoll", ["echo"], async (server, port) => {
      const { operations } = await load(port, [...streamed, "--requests", "500"]);
      expect(operations).to.equal(500);
      expect((await server.ask()).bytes).to.equal(500 * 65_536);
    });
  });

  it("stream_epoll send: whole messages in vectors", async () => {
    await withServer("stream_epoll", ["send", "1000", "37", "16"], checkSending);
  });

  it("stream_epoll send: whole messages one by one", async () => {
    await withServer("stream_epoll", ["send", "1000", "37", "1"], checkSending);
  });

  itOnRing("stream_io_uring send: whole messages", async () => {
    await withServer("stream_io_uring", ["send", "1000", "37"], checkSending);
  });

  it("stream_epoll receive: acknowledges what came, and nothing else", async () => {
    await withServer("stream_epoll", ["receive", "1000"], checkReceiving);
  });

  itOnRing("stream_io_uring receive: acknowledges what came, and nothing else", async () => {
    await withServer("stream_io_uring", ["receive", "1000"], checkReceiving);
  });

  for (const offload of [true, false]) {
    const [gro, gso] = offload ? ["gro", "gso"] : ["plain", "plain"];
    const flood = async (/** @type {Child} */ server, /** @type {number} */ port) => {
      const args = ["--mode", "flood", "--bytes", "1400", "--requests", "101"];
      const sent = await load(port, offload ? [...args, "--offload"] : args);
      expect(sent.operations).to.equal(101);
      // So few fit into any receive buffer, and loopback delivers before send returns.
      let { datagrams, bytes } = await server.ask();
      // The question may overtake what the server has been told of, but not yet taken.
      for (let before = -1; datagrams < 101 && datagrams > before; ) {
        before = datagrams;
        ({ datagrams, bytes } = await server.ask());
      }
      expect(datagrams).to.equal(101);
      expect(bytes).to.equal(101 * 1400);
    };

    it(`udp_receive ${gro}: counts datagrams that are what was sent`, async () => {
      await withServer("udp_receive", [gro, "check"], flood);
    });

    itOnRing(`udp_io_uring receive ${gro}: counts datagrams`, async () => {
      await withServer("udp_io_uring", ["receive", gro], flood);
    });

    it(`udp_send ${gso}: sends what is asked for`, async () => {
      await withServer("udp_send", [gso, "1400", "50"], checkDatagrams);
    });

    itOnRing(`udp_io_uring send ${gso}: sends what is asked for`, async () => {
      await withServer("udp_io_uring", ["send", gso, "1400", "50"], checkDatagrams);
    });
  }

  it("udp_receive check: ends at a wrong byte", async () => {
    await withServer("udp_receive", ["plain", "check"], async (server, port) => {
      const socket = createSocket("udp4");
      socket.send(new Uint8Array(1400).fill(1), port, "127.0.0.1");
      const outcome = await server.line(TIMEOUT_MS).catch((error) => error);
      expect(outcome.message).to.match(/a datagram is not what was sent/);
      socket.close();
      await once(socket, "close");
    });
  });

  it("wake_epoll: goes back and forth for as long as it is told", async () => {
    const args = ["--warm-up", "0.01", "--seconds", "0.05"];
    const child = new Child("wake_epoll", { command: programPath("wake_epoll"), args });
    try {
      expect(JSON.parse(await child.line(TIMEOUT_MS))).to.deep.equal({ ready: true });
      child.say("run");
      const result = JSON.parse(await child.line(TIMEOUT_MS));
      expect(result.operations).to.be.greaterThan(0);
      expect(result.seconds).to.be.within(0.05, TIMEOUT_MS / 1000);
      expect(result.p50_us).to.be.within(0.1, result.p99_us);
    } finally {
      await child.stop();
    }
  });
});

/**
 * Of a server that sends 37 messages of 1,000 bytes for each byte.
 * @param {Child} server
 * @param {number} port
 */
async function checkSending(server, port) {
  const pull = ["--mode", "pull", "--verify-all", "--bytes", "1000", "--per-request", "37"];
  const { operations } = await load(port, [...pull, "--requests", "1000"]);
  expect(operations).to.equal(37_000);
  expect((await server.ask()).bytes).to.equal(37_000_000);
}

/**
 * Of a server that acknowledges 1,000 bytes.
 * @param {Child} server
 * @param {number} port
 */
async function checkReceiving(server, port) {
  const socket = connect(port, "127.0.0.1");
  socket.write(new Uint8Array(1_000_999));
  let acknowledged = 0;
  for await (const chunk of socket) {
    acknowledged += chunk.length;
    if (acknowledged >= 1000) break;
  }
  expect(acknowledged).to.equal(1000);
  let { bytes } = await server.ask();
  // The last 999 bytes need not be there yet: they are acknowledged by nothing.
  while (/** @type {number} */ (bytes) < 1_000_999) ({ bytes } = await server.ask());
  expect(bytes).to.equal(1_000_999);
  const push = ["--mode", "push", "--bytes", "500", "--per-request", "2", "--window", "4"];
  expect((await load(port, [...push, "--requests", "3000"])).operations).to.equal(6000);
}

/**
 * Of a server that sends 50 datagrams of 1,400 bytes for each byte.
 * @param {Child} server
 * @param {number} port
 */
async function checkDatagrams(server, port) {
  const pull = ["--mode", "datagram-pull", "--verify-all", "--bytes", "1400"];
  const result = await load(port, [...pull, "--per-request", "50", "--requests", "200"]);
  expect(result.operations).to.equal(10_000);
  expect(result.arrived).to.equal(10_000);
  expect((await server.ask()).datagrams).to.equal(10_000);
}

/**
 * @param {Parameters<typeof programPath>[0]} program
 * @param {readonly string[]} args
 * @param {(server: Child, port: number) => Promise<void>} act
 */
async function withServer(program, args, act) {
  const server = new Child(program, { command: programPath(program), args });
  try {
    await act(server, portOf(await server.line(TIMEOUT_MS)));
  } finally {
    await server.stop();
  }
}

/**
 * Runs the load through one phase; it fails at the first wrong byte.
 * @param {number} port
 * @param {readonly string[]} args
 */
async function load(port, args) {
  const all = [...args, "--port", String(port)];
  const child = new Child("the load", { command: programPath("load"), args: all });
  try {
    await child.line(TIMEOUT_MS);
    child.say("run");
    return JSON.parse(await child.line(TIMEOUT_MS));
  } finally {
    await child.stop();
  }
}
