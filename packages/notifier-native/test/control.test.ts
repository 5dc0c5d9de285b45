/**
 * Hazard: a layer calls the control plane with values that nobody checked, and native code reads
 * them as others. It has to get an error, alone.
 */
import { type Notifier, Operation, PENDING, type Poster } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { run } from "./program.js";
import { request } from "./request.js";

describe("control with wrong values", () => {
  let notifier: Notifier;
  beforeEach(() => {
    notifier = openNotifier({ drive: "manual" });
  });
  afterEach(() => notifier.close());

  for (const fd of [2 ** 32, 2 ** 32 + 1, -1, 0.5, Number.NaN, "0", undefined]) {
    it(`adopt(${String(fd)}, a ${typeof fd}) takes no other descriptor instead`, () => {
      expect(() => notifier.adopt(fd as number))
        .to.throw()
        .with.property("code")
        .that.is.oneOf(["EBADF", "EINVAL"]);
      expect(notifier.counters.handles).to.equal(0);
    });
  }

  it("a poster with wrong fields reaches no event", () => {
    const event = notifier.openEvent("counting");
    const { slot, generation } = notifier.poster(event);
    const wrong = [
      { slot: String(slot), generation },
      { slot, generation: generation + 0.5 },
      { slot, generation: String(generation) },
      { slot: slot - 2 ** 32, generation },
      { slot, generation: generation - 2 ** 32 },
      { slot: Number.NaN, generation },
      {},
    ];
    for (const poster of wrong) {
      expect(() => notifier.post(poster as Poster, 1))
        .to.throw()
        .with.property("code");
    }
    for (const count of [0, -1, 0.5, Number.NaN, 2 ** 32, "1"]) {
      expect(() => notifier.post({ slot, generation }, count as number))
        .to.throw()
        .with.property("code");
    }
    expect(notifier.submit(request(Operation.event, event))).to.equal(PENDING);
    expect(notifier.poll(0)).to.equal(0);
  });

  for (const allowUid of [Number.NaN, -1, 1.5, 2 ** 32, "0", {}]) {
    it(`listen does not open an abstract name to everyone for a user ${String(allowUid)}`, () => {
      const socket = notifier.openSocket({ family: "unix", type: "stream" });
      notifier.bind(socket, {
        family: "unix",
        abstract: `pike-${process.pid}-${String(allowUid)}`,
      });
      expect(() => notifier.listen(socket, 1, { allowUid: allowUid as number }))
        .to.throw()
        .with.property("code", "EINVAL");
      expect(notifier.getOption(socket, "listening")).to.equal(false);
    });
  }

  it("options outside their range are refused, not cut", () => {
    const socket = notifier.openSocket({ family: "ipv4", type: "stream" });
    for (const value of [Number.NaN, 2 ** 40, 1e300, 0.5, "7", undefined]) {
      for (const name of ["receiveBuffer", "linger", "sendTimeout"] as const) {
        expect(() => notifier.setOption(socket, name, value as number))
          .to.throw()
          .with.property("code", "EINVAL");
      }
    }
    expect(notifier.getOption(socket, "linger")).to.equal(null);
  });

  it("raw options are bounded to 4,096 bytes", () => {
    const socket = notifier.openSocket({ family: "ipv4", type: "stream" });
    const code = "EINVAL";
    for (const size of [4_097, -1, 2 ** 31, 2 ** 32, Number.NaN]) {
      expect(() => notifier.getRawOption(socket, 1, 3, size))
        .to.throw()
        .with.property("code", code);
    }
    expect(() => notifier.setRawOption(socket, 1, 2, new Uint8Array(4_097)))
      .to.throw()
      .with.property("code", code);
    expect(notifier.getRawOption(socket, 1, 3, 4_096)).to.have.lengthOf(4);
  });

  it("raw options whose value carries pointers are refused: tables of Netfilter, rings of AF_XDP", () => {
    const socket = notifier.openSocket({ family: "ipv6", type: "stream" });
    const [ip, ipv6, packet, xdp] = [0, 41, 263, 283] as const;
    const carrying: readonly (readonly [number, number])[] = [
      ...([64, 96, 128, 129].map((name) => [ip, name]) as [number, number][]),
      [ipv6, 64],
      [ipv6, 65],
      [packet, 22],
      [xdp, 4],
    ];
    for (const [level, name] of carrying) {
      expect(() => notifier.setRawOption(socket, level, name, new Uint8Array(64)))
        .to.throw()
        .with.property("code", "PIKE_UNSUPPORTED");
    }
  });

  it("bind leaves the mode of what is no socket alone", async () => {
    const { stdout } = await run(`
      import { execFileSync } from "node:child_process";
      import { constants, mkdtempSync, openSync, rmSync, statSync } from "node:fs";
      const folder = mkdtempSync("/tmp/pike-mode-");
      execFileSync("mkfifo", ["-m", "644", folder + "/fifo"]);
      const notifier = openNotifier();
      const flags = constants.O_RDWR | constants.O_NONBLOCK;
      const id = notifier.adopt(openSync(folder + "/fifo", flags));
      try { notifier.bind(id, { family: "unix", path: folder + "/sock" }, { mode: 0o600 }); }
      catch (error) { console.log(error.code); }
      console.log((statSync(folder + "/fifo").mode & 0o777).toString(8));
      await notifier.close();
      rmSync(folder, { recursive: true });`);
    expect(stdout).to.equal("ENOTSOCK\n644\n");
  });

  it("kinds of sockets that are not there are refused, instead of being others", () => {
    const open = (family: string, type: string): void => {
      notifier.openSocket({ family, type } as never);
    };
    const code = (name: string): readonly ["code", string] => ["code", name];
    expect(() => open("ipx", "stream"))
      .to.throw(TypeError)
      .with.property(...code("PIKE_TYPE"));
    expect(() => open("ipv4", "raw"))
      .to.throw(TypeError)
      .with.property(...code("PIKE_TYPE"));
    expect(() => open("unix", "datagram"))
      .to.throw()
      .with.property(...code("PIKE_UNSUPPORTED"));
  });
});
