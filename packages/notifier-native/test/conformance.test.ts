/** The notifier over the operating system against the suites, over loopback. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { conformance } from "@pike-io/conformance";
import { openNotifier } from "@pike-io/notifier-native";
import { lackingOnWindows } from "./windows.js";

const onWindows = process.platform === "win32";
const folder = mkdtempSync(join(tmpdir(), "pike-"));
let names = 0;

after(() => rmSync(folder, { recursive: true }));

conformance(
  { describe, it },
  {
    open: (options) => openNotifier(options),
    address(kind) {
      names++;
      if (kind === "ipv4") return { family: "ipv4", address: "127.0.0.1", port: 0 };
      if (kind === "ipv6")
        return { family: "ipv6", address: "::1", port: 0, scope: 0, flowLabel: 0 };
      // pike has Unix sockets on POSIX systems only.
      if (onWindows) return null;
      if (kind === "unix") return { family: "unix", path: join(folder, `${names}.sock`) };
      return { family: "unix", abstract: `pike-${process.pid}-${names}` };
    },
    lacks: (name) => (onWindows ? lackingOnWindows(name) : null),
    // Windows has neither signals between processes nor a list of descriptors.
    ...(onWindows
      ? {}
      : {
          raise: (_notifier, name) => process.kill(process.pid, name),
          descriptors: () => readdirSync("/proc/self/fd").length,
        }),
  },
);
