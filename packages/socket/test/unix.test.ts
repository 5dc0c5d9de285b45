/** Unix sockets in the file system: who may connect, what is replaced, and what is left alone. */
import { execFile, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { promisify } from "node:util";
import type { Notifier } from "@pike-io/notifier";
import { openNotifier } from "@pike-io/notifier-native";
import { connect, listen, Socket } from "@pike-io/socket";
import { expect } from "chai";
import { codeOf, dialNode, freshPath, pattern } from "./peers.js";

describe("Unix sockets in the file system", () => {
  let notifier: Notifier;

  beforeEach(() => {
    notifier = openNotifier();
  });

  afterEach(() => notifier.close());

  it("have mode 0600 unless told otherwise, whatever the umask, which stays as it was", async () => {
    const before = process.umask(0o000);
    try {
      for (const [mode, expected] of [
        [undefined, 0o600],
        [0o660, 0o660],
        [0o777, 0o777],
        [0o000, 0o000],
      ] as const) {
        for (const umask of [0o000, 0o077, 0o777]) {
          process.umask(umask);
          const path = freshPath();
          const listener = await listen({
            path,
            notifier,
            ...(mode === undefined ? {} : { mode }),
          });
          expect(lstatSync(path).mode & 0o777).to.equal(expected);
          expect(process.umask()).to.equal(umask);
          await listener.close();
        }
      }
    } finally {
      process.umask(before);
    }
  });

  it("wrong modes are refused before anything exists", async () => {
    for (const mode of [-1, 0o1000, 1.5, Number.NaN]) {
      const path = freshPath();
      expect(await codeOf(listen({ path, mode, notifier }))).to.equal("PIKE_RANGE");
      expect(existsSync(path)).to.equal(false);
    }
    const listening = listen({ path: freshPath(), mode: "600" as never, notifier });
    expect(await codeOf(listening)).to.equal("PIKE_TYPE");
    expect(notifier.counters.handles).to.equal(0);
  });

  it("left behind by a process that died are replaced", async () => {
    const path = freshPath();
    leaveSocketBehind(path);
    const listener = await listen({ path, notifier });
    const client = await connect({ path, notifier });
    await client.close();
    await listener.close();
  });

  it("left behind are not replaced where replace is false", async () => {
    const path = freshPath();
    leaveSocketBehind(path);
    expect(await codeOf(listen({ path, replace: false, notifier }))).to.equal("EADDRINUSE");
    expect(lstatSync(path).isSocket()).to.equal(true);
  });

  it("of a living listener stay, whoever it is", async () => {
    const path = freshPath();
    const server = net.createServer((socket) => {
      // Whoever asks whether somebody lives here hangs up at once.
      socket.on("error", () => {});
      socket.end("alive");
    });
    server.listen(path);
    await once(server, "listening");
    const { ino } = lstatSync(path);
    expect(await codeOf(listen({ path, notifier }))).to.equal("EADDRINUSE");
    expect(lstatSync(path).ino).to.equal(ino);
    const client = await connect({ path, notifier });
    const buffer = new Uint8Array(10);
    expect(Buffer.from(buffer.buffer, 0, await client.read(buffer)).toString()).to.equal("alive");
    server.close();
    await client.close();
    await once(server, "close");
  });

  it("of a living listener with a full backlog stay too", async () => {
    const path = freshPath();
    const busy = await listen({ path, backlog: 0, notifier });
    const waiting = await connect({ path, notifier });
    const other = openNotifier();
    expect(await codeOf(listen({ path, notifier: other }))).to.equal("EADDRINUSE");
    expect(lstatSync(path).isSocket()).to.equal(true);
    await other.close();
    await waiting.close();
    await busy.close();
  });

  it("never take the place of a file, a folder, or a link to somebody's socket", async () => {
    const [file, directory, link, target] = [1, 2, 3, 4].map(() => freshPath()) as [
      string,
      string,
      string,
      string,
    ];
    writeFileSync(file, "precious");
    mkdirSync(directory);
    leaveSocketBehind(target);
    symlinkSync(target, link);
    for (const path of [file, directory, link]) {
      expect(await codeOf(listen({ path, notifier }))).to.equal("EADDRINUSE");
    }
    expect(readFileSync(file, "utf8")).to.equal("precious");
    expect(lstatSync(directory).isDirectory()).to.equal(true);
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(lstatSync(target).isSocket()).to.equal(true);
  });

  it("of another user stay", async () => {
    const path = freshPath();
    leaveSocketBehind(path);
    const { chownSync } = await import("node:fs");
    expect(process.getuid?.(), "this case needs to be root, to make another user's file").to.equal(
      0,
    );
    chownSync(path, 4_242, 4_242);
    expect(await codeOf(listen({ path, notifier }))).to.equal("EADDRINUSE");
    expect(lstatSync(path).uid).to.equal(4_242);
  });

  it("are removed at close, if they are still ours", async () => {
    const path = freshPath();
    const listener = await listen({ path, notifier });
    await listener.close();
    expect(existsSync(path)).to.equal(false);
    const second = await listen({ path, notifier });
    rmSync(path);
    writeFileSync(path, "another's");
    await second.close();
    expect(readFileSync(path, "utf8")).to.equal("another's");
  });

  it("whose path somebody else has taken over are left to them", async () => {
    const path = freshPath();
    const listener = await listen({ path, notifier });
    const moved = freshPath();
    renameSync(path, moved);
    const server = net.createServer();
    server.listen(path);
    await once(server, "listening");
    await listener.close();
    expect(lstatSync(path).isSocket(), "the other's socket").to.equal(true);
    expect(lstatSync(moved).isSocket(), "moved away by hand, so not ours to remove").to.equal(true);
    server.close();
    await once(server, "close");
  });

  it("are removed when the notifier closes, and when the listener was never started", async () => {
    const [path, bound] = [freshPath(), freshPath()];
    await listen({ path, notifier });
    Socket.open("unix", "stream").registerTo(notifier).bind({ family: "unix", path: bound });
    expect(lstatSync(bound).mode & 0o777).to.equal(0o600);
    await notifier.close();
    expect([existsSync(path), existsSync(bound)]).to.deep.equal([false, false]);
  });

  it("with a second name keep it", async () => {
    const [path, second] = [freshPath(), freshPath()];
    const listener = await listen({ path, notifier });
    linkSync(path, second);
    const client = await connect({ path: second, notifier });
    await client.close();
    await listener.close();
    expect(existsSync(path)).to.equal(false);
    expect(lstatSync(second).isSocket()).to.equal(true);
  });

  it("serve a foreign peer, by path and by abstract name", async () => {
    const path = freshPath();
    const abstract = abstractName("test");
    for (const target of [{ path }, { abstract }]) {
      const listener = await listen({ ...target, notifier }, async (peer) => {
        for await (const chunk of peer) await peer.writeAll(chunk);
      });
      const node = await dialNode({ path: "path" in target ? path : `\0${abstract}` });
      node.end(pattern(50_000));
      const chunks: Buffer[] = [];
      for await (const chunk of node) chunks.push(chunk as Buffer);
      expect(Buffer.compare(Buffer.concat(chunks), pattern(50_000))).to.equal(0);
      await listener.close();
    }
  });

  it("with an abstract name let in no other user, unless told to", async () => {
    const asOther = async (abstract: string): Promise<string> => {
      const setpriv = ["--reuid=4242", "--regid=4242", "--clear-groups"];
      const socat = ["socat", "-u", `ABSTRACT-CONNECT:${abstract}`, "STDOUT"];
      return (await promisify(execFile)("setpriv", [...setpriv, ...socat])).stdout;
    };
    for (const [allowUid, said] of [
      [undefined, ""],
      [4_242, "hello"],
      [null, "hello"],
    ] as const) {
      const abstract = `pike-${process.pid}-uid-${String(allowUid)}`;
      const options = allowUid === undefined ? {} : { allowUid };
      let served = 0;
      const listener = await listen({ abstract, notifier, ...options }, async (peer) => {
        served++;
        await peer.writeAll(Buffer.from("hello"));
      });
      expect(await asOther(abstract), String(allowUid)).to.equal(said);
      expect(served).to.equal(said === "" ? 0 : 1);
      await listener.close();
    }
  });
});

/**
 * A name that the runtime's own sockets can dial: libuv before 1.47 gives every abstract name its
 * full length, by zeros; Bun refuses one of that length.
 */
function abstractName(purpose: string): string {
  const name = `pike-${process.pid}-${purpose}`;
  return process.versions["bun"] === undefined ? name.padEnd(107, "\0") : name;
}

/** A socket file whose listener is gone, as after a crash. */
function leaveSocketBehind(path: string): void {
  const script = `require("node:net").createServer().listen(process.argv[1], () => process.kill(process.pid, "SIGKILL"))`;
  spawnSync(process.execPath, ["-e", script, path]);
  expect(lstatSync(path).isSocket()).to.equal(true);
}
