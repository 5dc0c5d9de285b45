/**
 * Hazard: a layer that breaks the contract crashes the process, reaches foreign memory, or leaves
 * other requests unanswered. It has to get an error, alone.
 */
import {
  type Address,
  Code,
  type Notifier,
  Operation,
  PENDING,
  type Request,
} from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { run } from "./program.js";
import { request } from "./request.js";

const loopback: Address = { family: "ipv4", address: "127.0.0.1", port: 0 };

/** A request with some fields other than a layer should set them. */
function crafted(operation: number, handle: number, fields: object): Request {
  return Object.assign(request(operation as Operation, handle), fields);
}

describe("a request that breaks the contract", () => {
  let notifier: Notifier;
  let udp: number;
  beforeEach(() => {
    notifier = openNotifier({ drive: "manual" });
    udp = notifier.openSocket({ family: "ipv4", type: "datagram" });
    notifier.bind(udp, loopback);
  });
  afterEach(() => notifier.close());

  function submit(operation: number, fields: object, handle = udp): number {
    return notifier.submit(crafted(operation, handle, fields));
  }

  for (const size of [0, 65_537, 1_000_000, 0xffff_ffff, -1, 1.5, Number.NaN]) {
    it(`a chunk of ${size} bytes does not fit, and is refused`, () => {
      expect(submit(Operation.read, { size })).to.equal(-Code.EINVAL);
      expect(notifier.counters.pending).to.equal(0);
    });
  }

  it("a write without a buffer sends nothing, whatever its size", () => {
    const own = notifier.localAddress(udp);
    expect(submit(Operation.connect, { address: own })).to.equal(0);
    for (const operation of [Operation.write, Operation.sendTo]) {
      for (const size of [100, 1_000_000, 0xffff_ffff]) {
        expect(submit(operation, { size, address: own })).to.equal(-Code.EINVAL);
      }
    }
    expect(notifier.counters.bytesWritten).to.equal(0);
  });

  it("an array that is not of bytes is never sent from memory of others", () => {
    const own = notifier.localAddress(udp);
    const strange = { byteLength: 200, length: 0 };
    const result = submit(Operation.sendTo, { buffer: strange, address: own });
    expect(result).to.equal(-Code.PIKE_BUFFER);
  });

  for (const operation of [0, 16, 99, 255, -1, Number.NaN]) {
    it(`there is no operation ${operation}: it is refused at once`, () => {
      const code = -submit(operation, { buffer: new Uint8Array(1) });
      expect(code).to.be.oneOf([Code.EINVAL, Code.PIKE_UNSUPPORTED]);
    });
  }

  it("a wait for nothing is refused: it would never end", () => {
    expect(submit(Operation.wait, { flags: 0 })).to.equal(-Code.EINVAL);
  });

  for (const timeoutMs of [Number.NaN, -2, 0.5, 2 ** 31, 2 ** 32, Number.POSITIVE_INFINITY]) {
    it(`a time limit of ${timeoutMs} ms is refused, not cut to another`, () => {
      const buffer = new Uint8Array(1);
      expect(submit(Operation.recvFrom, { buffer, timeoutMs })).to.equal(-Code.EINVAL);
      expect(submit(Operation.timer, { timeoutMs }, -1)).to.equal(-Code.EINVAL);
    });
  }

  it("a timer without a time never ends by itself", () => {
    const results: number[] = [];
    const timer = crafted(Operation.timer, -1, {
      timeoutMs: -1,
      complete: (result: number) => results.push(result),
    });
    expect(notifier.submit(timer)).to.equal(PENDING);
    expect(notifier.poll(20)).to.equal(0);
    notifier.cancel(timer);
    expect(notifier.poll(-1)).to.equal(1);
    expect(results).to.deep.equal([-Code.PIKE_ABORTED]);
  });

  for (const handle of [Number.NaN, -1, 0, 0.5, 1.5, Number.POSITIVE_INFINITY, 2 ** 53, 2 ** 52]) {
    it(`a handle ${handle} above an open one's id names none`, () => {
      for (const id of [handle, udp + handle]) {
        if (id === udp) continue;
        const buffer = new Uint8Array(1);
        expect(submit(Operation.recvFrom, { buffer }, id)).to.equal(-Code.PIKE_STALE);
        expect(() => notifier.fd(id))
          .to.throw()
          .with.property("code")
          .that.is.oneOf(["PIKE_STALE", "EINVAL"]);
      }
    });
  }

  it("submitted again while it is pending it is refused, and completes once", () => {
    const results: number[] = [];
    const complete = (result: number): unknown => results.push(result);
    const one = crafted(Operation.recvFrom, udp, { buffer: new Uint8Array(1), complete });
    expect(notifier.submit(one)).to.equal(PENDING);
    expect(notifier.submit(one)).to.equal(-Code.PIKE_STATE);
    notifier.cancel(one);
    expect(notifier.poll(-1)).to.equal(1);
    expect(results).to.deep.equal([-Code.PIKE_ABORTED]);
    expect(notifier.submit(one)).to.equal(PENDING);
  });

  const port = 9;
  const wrongAddresses: Readonly<Record<string, unknown>> = {
    none: null,
    "an empty object": {},
    "text that is no address": { family: "ipv4", address: "localhost", port },
    "of another family than it says": { family: "ipv4", address: "::1", port },
    "a port beyond 65,535": { family: "ipv4", address: "127.0.0.1", port: 65_536 + 9 },
    "an unnamed Unix socket": { family: "unix", path: "" },
    "a path with a zero character": { family: "unix", path: "\0abstract" },
    "a path cut in the middle of a long name": { family: "unix", path: `a${"é".repeat(60)}` },
    "a path that is no text": { family: "unix", path: 7 },
  };
  // A family that lacks none of the checks below, and that this system has.
  const family = process.platform === "win32" ? "ipv6" : "unix";
  for (const [what, address] of Object.entries(wrongAddresses)) {
    it(`an address that is wrong (${what}) is refused each time`, () => {
      const buffer = new Uint8Array(1);
      const stream = notifier.openSocket({ family, type: "stream" });
      for (let round = 0; round < 2; round++) {
        expect(submit(Operation.sendTo, { buffer, address })).to.equal(-Code.EINVAL);
        expect(submit(Operation.connect, { address }, stream)).to.equal(-Code.EINVAL);
        expect(() => notifier.bind(stream, address as Address))
          .to.throw()
          .with.property("code", "EINVAL");
      }
    });
  }

  it("an address that its owner changed is read anew", () => {
    const address = { family: "ipv4", address: "127.0.0.1", port: 0 };
    const own = notifier.localAddress(udp) as { port: number };
    const buffer = new Uint8Array(1);
    submit(Operation.sendTo, { buffer, address });
    address.port = own.port;
    expect(submit(Operation.sendTo, { buffer, address })).to.equal(1);
    const got = crafted(Operation.recvFrom, udp, { buffer });
    if (notifier.submit(got) === PENDING) while (got.token !== -1) notifier.poll(2_000);
    expect(got.address).to.deep.equal(own);
  });

  it("an array of buffers whose element throws later fails alone: others complete", async () => {
    const { code, stdout, stderr } = await run(`
      import { Operation } from "@pike-io/notifier";
      const notifier = openNotifier();
      const udp = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const other = await bind({ type: "udp", address: "127.0.0.1", port: 0, notifier });
      const buffer = [new Uint8Array(9)];
      const fields = { handle: udp.id, buffer, size: 0, flags: 0, timeoutMs: -1, address: null };
      const operation = Operation.recvFrom;
      const odd = new Promise((complete) =>
        notifier.submit({ operation, ...fields, token: -1, complete }));
      Object.defineProperty(buffer, 0, { get() { throw new Error("mine"); } });
      const even = other.recvFrom(new Uint8Array(9), { timeoutMs: 2000 });
      await udp.sendTo(new Uint8Array(3), udp.getBindAddress());
      await udp.sendTo(new Uint8Array(3), other.getBindAddress());
      console.log(await odd, (await even).length);
      await notifier.close();`);
    expect({ code, stdout, stderr }).to.deep.equal({ code: 0, stdout: "-4004 3\n", stderr: "" });
  });

  it("a frozen request fails alone: the others of its batch complete", async () => {
    const { code, stdout } = await run(`
      import { Operation } from "@pike-io/notifier";
      process.on("uncaughtException", (error) => console.log(error.name));
      const notifier = openNotifier();
      const timer = (complete) => ({ operation: Operation.timer, handle: -1, buffer: null, size: 0,
        flags: 0, timeoutMs: 1, address: null, token: -1, complete });
      try { notifier.submit(Object.freeze(timer(() => console.log("frozen")))); }
      catch (error) { console.log(error.name); }
      notifier.submit(timer(() => { console.log("other"); notifier.close().then(() => console.log("closed")); }));`);
    const lines = stdout.trim().split("\n");
    expect(code).to.equal(0);
    expect(lines).to.include.members(["TypeError", "other", "closed"]);
  });
});
