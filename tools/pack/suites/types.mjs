/** Hazard: the declarations ask for a newer compiler, or for settings, that a user doesn't have. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../stages/run.mjs";
import { Consumer, toolFile } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

/** The repository's own compiler is the newest. */
const COMPILERS = {
  5.5: toolFile("typescript-5.5", "bin/tsc"),
  "6.0": toolFile("typescript-6", "bin/tsc"),
  "7.0": join(root, "node_modules/typescript/bin/tsc"),
};

/** Uses something of each package, with an error where types would be lost. */
const PROGRAM = `
import { conformance, type Setup } from "@pike-io/conformance";
import { Event } from "@pike-io/event";
import { Handle } from "@pike-io/handle";
import { type Notifier, PikeError } from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { Signal } from "@pike-io/signal";
import { type Received, Socket } from "@pike-io/socket";
import { connect, listen } from "pike-io";

export async function use(setup: Setup): Promise<void> {
  const notifier: Notifier = openNotifier({ backend: "epoll", drive: "manual" });
  const socket: Socket = Socket.open("ipv4", "datagram").registerTo(notifier);
  const received: Received = await socket.recvFrom(new Uint8Array(8), { timeoutMs: 5 });
  const size: number = received.length;
  const host: Notifier = new MemoryNetwork({ seed: 7 }).host("10.0.0.1");
  const peer = await connect({ host: "127.0.0.1", port: size, notifier: host });
  for await (const chunk of peer) {
    const bytes: Uint8Array = chunk;
    await peer.writeAll(bytes);
  }
  await listen({ host: "127.0.0.1", port: 0 }, async (one) => one.close());
  const event = Event.open(notifier, { mode: "counting" });
  const handle: Handle = Handle.adopt(notifier, 0);
  const signals = Signal.open(notifier, ["SIGINT"]);
  for await (const { name } of signals) console.log(name.toUpperCase(), handle.fd, event);
  await conformance({ describe: () => {}, it: () => {} } as never, setup);
  // @ts-expect-error a port is a number
  await connect({ host: "127.0.0.1", port: "7000" });
  // @ts-expect-error there is no such family
  Socket.open("ipx", "stream");
  const code: string = new PikeError("PIKE_CLOSED", "closed").code;
  console.log(code);
}
`;

const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  noEmit: true,
  target: "es2022",
  lib: ["es2023", "esnext.disposable"],
  types: ["node"],
};

const NODE = { module: "nodenext", moduleResolution: "nodenext" };
const BUNDLER = { module: "esnext", moduleResolution: "bundler" };

describe("types", () => {
  let user;
  before(() => {
    user = new Consumer({ type: "module" });
    user.install(tarballs());
    for (const name of ["@types/node", "undici-types"]) {
      cpSync(join(root, "node_modules", name), join(user.folder, "node_modules", name), {
        recursive: true,
      });
    }
    user.write("module.mts", PROGRAM);
    user.write("common.cts", PROGRAM);
  });
  after(() => user.close());

  for (const [version, tsc] of Object.entries(COMPILERS)) {
    const check = (settings, file) => {
      user.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions: { ...STRICT, ...settings }, files: [file] }),
      );
      const { status, stdout, stderr } = user.node([tsc, "-p", "tsconfig.json"]);
      expect(stdout + stderr).to.equal("");
      expect(status).to.equal(0);
    };

    it(`TypeScript ${version} is what it says`, () => {
      expect(user.prints([tsc, "--version"])).to.include(`Version ${version}.`);
    });

    it(`check under TypeScript ${version}, as Node resolves modules`, () => {
      check(NODE, "module.mts");
    });

    it(`check under TypeScript ${version}, as bundlers resolve modules`, () => {
      check(BUNDLER, "module.mts");
    });

    if (version !== "5.5") {
      it(`check under TypeScript ${version} where an ES module is required`, () => {
        check(NODE, "common.cts");
      });
    }
  }
});
