/**
 * Hazard: a container, an old kernel or a limit has no io_uring for us, and the program fails, or
 * is slow without anybody knowing why.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { test, testOfLinux } from "./uring.js";

const packageDirectory = fileURLToPath(new URL("..", import.meta.url));

/** Tells what each choice comes to. */
const program = `
  import { openNotifier } from "@pike-io/notifier-native";
  import { Event } from "@pike-io/event";
  const found = {};
  for (const backend of ["io_uring,epoll", "io_uring"]) {
    try {
      const notifier = openNotifier({ backend });
      const event = Event.open(notifier);
      event.post();
      await event.wait();
      found[backend] = { backend: notifier.backend, reason: notifier.reason };
      await notifier.close();
    } catch (error) {
      found[backend] = { code: error.code, message: error.message };
    }
  }
  console.log(JSON.stringify(found));`;

type Found = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** Runs it in Node, started by `command`. */
function choices(command: readonly string[], source = program): Found {
  const [first, ...rest] = [...command, process.execPath, "--input-type=module", "--eval", source];
  const { stdout, stderr, status } = spawnSync(first as string, rest, {
    cwd: packageDirectory,
    encoding: "utf8",
  });
  expect([status, stderr]).to.deep.equal([0, ""]);
  return JSON.parse(stdout);
}

function expectFallback(found: Found, why: RegExp): void {
  const { backend, reason } = found["io_uring,epoll"] ?? {};
  expect(backend).to.equal("epoll");
  expect(reason).to.match(why);
  const { code, message } = found["io_uring"] ?? {};
  expect(code).to.equal("PIKE_UNSUPPORTED");
  expect(message)
    .to.match(why)
    .and.to.match(/Way out: .*PIKE_NOTIFIER=epoll/);
}

describe("io_uring refused: epoll, and why; asked for by name, an error with a way out", () => {
  let refuse: string;
  before(() => {
    const source = fileURLToPath(new URL("../test/refuse_uring.c", import.meta.url));
    refuse = fileURLToPath(new URL("./refuse_uring", import.meta.url));
    execFileSync("cc", ["-O1", "-Wall", "-Werror", "-o", refuse, source], { stdio: "inherit" });
  });

  testOfLinux("by a seccomp filter with ENOSYS", () => {
    expectFallback(choices([refuse, "38"]), /io_uring_setup was refused with ENOSYS/);
  });

  testOfLinux("by a seccomp filter with EPERM", () => {
    expectFallback(choices([refuse, "1"]), /io_uring_setup was refused with EPERM/);
  });

  test("by a limit on locked memory", async () => {
    // A privileged process is not limited.
    const unprivileged = process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-ipc_lock"] : [];
    const found = choices([...unprivileged, "prlimit", "--memlock=0:0"]);
    expectFallback(found, /refused with ENOMEM: RLIMIT_MEMLOCK/);
  });

  test("by a limit on descriptors", async () => {
    // Enough for epoll, too few for io_uring beside it.
    const found = choices(
      ["prlimit", "--nofile=64:64"],
      `import { closeSync, openSync } from "node:fs";
      await import("@pike-io/notifier-native").then((all) => all.openNotifier().close());
      const all = [];
      try {
        for (;;) all.push(openSync("/dev/null"));
      } catch {}
      for (const fd of all.slice(-4)) closeSync(fd);${program}`,
    );
    expectFallback(found, /refused with EMFILE/);
  });
});

describe("a list of backends", () => {
  it("names one that is not there: refused, whatever else it names", () => {
    const source = `
      import { openNotifier } from "@pike-io/notifier-native";
      try {
        openNotifier({ backend: "nix,kqueue,epoll,iocp" });
      } catch (error) {
        console.log(JSON.stringify({ nix: { code: error.code, message: error.message } }));
      }`;
    const { nix } = choices([], source);
    expect(nix?.["code"]).to.equal("PIKE_UNSUPPORTED");
    expect(nix?.["message"]).to.match(/no backend "nix" on/);
  });
});
