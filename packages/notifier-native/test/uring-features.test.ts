/**
 * Hazard: an older kernel has less of io_uring, and what is missing there was never tried. The mask
 * takes the same away here; the whole conformance suite runs on what is left.
 */
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import type net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformance } from "@pike-io/conformance";
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { Ends, openUring, pattern, refusal, test } from "./uring.js";

/** The conformance suite takes seconds for each: the newest and the oldest always, all in CI. */
const OFTEN = 2;

/** What a kernel of some time lacks, and what has to be gone then. */
const kernels: readonly (readonly [string, string, readonly string[]])[] = [
  ["everything there is", "", []],
  [
    "before 5.19: buffers cannot be provided, work interrupts",
    "-buffer_rings,-defer_taskrun,-coop_taskrun,-taskrun_flag",
    ["buffer_rings", "recv_multishot", "defer_taskrun", "coop_taskrun", "taskrun_flag"],
  ],
  ["before 6.17: no limit of a receive", "-recv_limit", ["recv_limit"]],
  [
    "before 6.1: work is done when it comes, but without interrupts",
    "-defer_taskrun,-single_issuer",
    ["defer_taskrun", "single_issuer"],
  ],
  ["before 6.0: a receive brings one buffer", "-recv_multishot", ["recv_multishot", "recv_limit"]],
];

describe("a kernel that lacks features of io_uring", () => {
  for (const [title, without, gone] of kernels) {
    test(`${title}: bytes arrive whole both ways, and it says what it uses`, async () => {
      const notifier = openUring(without);
      const { features } = notifier as unknown as { features: readonly string[] };
      expect(features).not.to.include.members(gone.length === 0 ? ["none"] : [...gone]);
      const ends = new Ends(notifier);
      const [peer, other] = await ends.open();
      const bytes = pattern(600_000);
      other.write(bytes);
      let count = 0;
      const all = new Uint8Array(bytes.length);
      while (count < bytes.length) count += await peer.read(all.subarray(count, count + 50_000));
      expect(Buffer.compare(all, bytes)).to.equal(0);
      const parts: Uint8Array[] = [];
      other.on("data", (part) => parts.push(part));
      await peer.writeAll(bytes);
      await peer.shutdown("write");
      await once(other as net.Socket, "end");
      expect(Buffer.compare(Buffer.concat(parts), bytes)).to.equal(0);
      ends.close();
      await notifier.close();
    });
  }

  test("names that are none are refused, with those that are", async () => {
    for (const without of ["recv_multishot", "-nothing", "-send_zc,,-accept"]) {
      expect(() => openUring(without))
        .to.throw(/PIKE_URING_FEATURES names .* defer_taskrun .*recv_multishot/)
        .with.property("code", "PIKE_UNSUPPORTED");
    }
  });
});

const folder = mkdtempSync(join(tmpdir(), "pike-"));
let names = 0;
after(() => rmSync(folder, { recursive: true }));

const isWhole = process.env["CI"] !== undefined && process.env["PIKE_NOTIFIER"] === undefined;
const often = isWhole ? kernels : kernels.slice(0, OFTEN);
for (const [title, without] of often) {
  if (refusal !== null) {
    it(`conformance on io_uring, ${title} (skipped: ${refusal})`);
    continue;
  }
  describe(`conformance on io_uring, ${title}`, () => {
    before(() => {
      process.env["PIKE_URING_FEATURES"] = without;
      process.env["PIKE_URING_SENDS"] = without === "" ? "turn" : "batch";
    });
    after(() => {
      delete process.env["PIKE_URING_FEATURES"];
      delete process.env["PIKE_URING_SENDS"];
    });
    conformance(
      { describe, it },
      {
        open: (options) => openNotifier({ ...options, backend: "io_uring" }),
        address(kind) {
          names++;
          if (kind === "ipv4") return { family: "ipv4", address: "127.0.0.1", port: 0 };
          if (kind === "ipv6")
            return { family: "ipv6", address: "::1", port: 0, scope: 0, flowLabel: 0 };
          if (kind === "unix") return { family: "unix", path: join(folder, `${names}.sock`) };
          return { family: "unix", abstract: `pike-uring-${process.pid}-${names}` };
        },
        raise: (_notifier, name) => process.kill(process.pid, name),
        descriptors: () => readdirSync("/proc/self/fd").length,
      },
    );
  });
}
