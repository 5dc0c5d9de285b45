/** The notifier in memory against the suites: on one host, and between two over a rough network. */
import { conformance, type Setup } from "@pike-io/conformance";
import { MemoryNetwork, type MemoryNotifier, type NetworkOptions } from "@pike-io/notifier-memory";

/** What a set-up over one network looks like, for one host or two. */
function setup(options: NetworkOptions, near: string[], far: string[] | null): Setup {
  const network = new MemoryNetwork({ clock: "auto", ...options });
  let names = 0;
  return {
    open: (given) => network.host(near, given),
    ...(far === null ? {} : { openPeer: (given) => network.host(far, given) }),
    address(kind, side) {
      const own = side === "near" || far === null ? near : far;
      if (kind === "ipv4") return { family: "ipv4", address: own[0] as string, port: 0 };
      if (kind === "ipv6") return { family: "ipv6", address: own[1] as string, port: 0 };
      if (far !== null) return null;
      names++;
      if (kind === "abstract") return { family: "unix", abstract: `pike-${names}` };
      return { family: "unix", path: `/run/pike-${names}.sock` };
    },
    raise: (notifier, name) => (notifier as MemoryNotifier).raise(name),
  };
}

const near = ["10.0.0.1", "fd00::1"];
const far = ["10.0.0.2", "fd00::2"];

describe("one host", () => {
  conformance({ describe, it }, setup({ seed: 1 }, near, null));
});

describe("two hosts, far apart, with short reads and writes", () => {
  const rough = { seed: 2, latencyMs: [1, 20], shortReads: 0.3, shortWrites: 0.3 } as const;
  conformance({ describe, it }, setup(rough, near, far));
});
