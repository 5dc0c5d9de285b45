/** Hazards: what works in the repository doesn't once it is installed, or only on our machine. */
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Consumer, canCutNetwork } from "../consumer.mjs";
import { tarballs, withDependencies } from "../tarballs.mjs";

const system = `${process.platform}-${process.arch}`;

/** A server and a client; prints what came back, and the binary. */
const ECHO = `
import { binaryPath, connect, listen } from "pike-io";
const listener = await listen({ host: "127.0.0.1", port: 0 }, async (peer) => {
  for await (const chunk of peer) await peer.writeAll(chunk);
});
const socket = await connect({ host: "127.0.0.1", port: listener.address.port });
await socket.writeAll(Buffer.from("echoed"));
const buffer = new Uint8Array(64);
const count = await socket.read(buffer, { timeoutMs: 5_000 });
console.log(Buffer.from(buffer.subarray(0, count)).toString());
console.log(binaryPath());
await socket.close();
await listener.close();
`;

/** What opening a notifier says when it can't. */
const OPEN = `
import { binaryPath } from "@pike-io/notifier-native";
try { console.log(binaryPath()); } catch (error) { console.log(error.code, error.message); }
`;

describe(`installed by npm, without ${canCutNetwork ? "network" : "a registry"}`, () => {
  for (const { name, manifest } of tarballs()) {
    describe(`${name} alone`, () => {
      let user;
      before(() => {
        user = new Consumer({ type: "module" });
        user.install(withDependencies(name));
      });
      after(() => user.close());

      it("brings what it depends on, and nothing else", () => {
        const scope = join(user.folder, "node_modules/@pike-io");
        const scoped = existsSync(scope) ? readdirSync(scope).map((one) => `@pike-io/${one}`) : [];
        const plain = readdirSync(join(user.folder, "node_modules")).filter(
          (one) => !one.startsWith(".") && one !== "@pike-io",
        );
        const expected = withDependencies(name).map((one) => one.name);
        expect([...scoped, ...plain].sort()).to.deep.equal(expected.sort());
      });

      it("is the same by import and by require", () => {
        user.write(
          "both.mjs",
          `import { createRequire } from "node:module";
          const imported = await import("${name}");
          const required = createRequire(import.meta.url)("${name}");
          const names = Object.keys(imported);
          console.log(names.length > 0 && names.every((one) => imported[one] === required[one]));`,
        );
        expect(user.prints(["both.mjs"])).to.equal("true");
        user.write("alone.cjs", `console.log(Object.keys(require("${name}")).length > 0);`);
        expect(user.prints(["alone.cjs"])).to.equal("true");
      });

      it("names its version, which no bundle may leave behind", () => {
        const source = `console.log(require("${name}/package.json").version)`;
        expect(user.prints(["--input-type=commonjs", "-e", source])).to.equal(manifest.version);
      });
    });
  }
});

describe("installed by npm, all together", () => {
  let user;
  beforeEach(() => {
    user = new Consumer({ type: "module" });
    const start = performance.now();
    user.install(tarballs());
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`      ${tarballs().length} packages installed from tarballs in ${seconds} s`);
  });
  afterEach(() => user.close());

  it("serve and connect, with a binary of their own", () => {
    user.write("echo.mjs", ECHO);
    const [echoed, binary] = user.prints(["echo.mjs"]).split("\n");
    expect(echoed).to.equal("echoed");
    expect(binary).to.match(/node_modules.@pike-io.notifier-native.prebuilds./);
    expect(binary.startsWith(user.folder)).to.equal(true);
  });

  it("have a command that says what it found", () => {
    const told = user.prints([join("node_modules", "pike-io", "dist", "cli.js"), "doctor"]);
    expect(told)
      .to.match(/^binary .*prebuilds/m)
      .and.match(/^works .*a post arrived/m);
  });

  it("without a binary say what was tried, for which system, and the way out", () => {
    const native = join(user.folder, "node_modules/@pike-io/notifier-native");
    rmSync(join(native, "prebuilds"), { recursive: true });
    user.write("open.mjs", OPEN);
    const told = user.prints(["open.mjs"]);
    expect(told)
      .to.match(/^PIKE_NO_BINARY /)
      .and.include(`no binary for ${system} (`);
    if (process.platform === "linux") expect(told).to.match(/\((glibc|musl)[ \d.]*\)/);
    expect(told).to.include(join(native, "native/build/Release/pike.node"));
    expect(told).to.include(join(native, "prebuilds", system));
    expect(told).to.match(/npx @pike-io\/notifier-native build$/);
  });

  it("load no binary from the project around them, nor by a link out of the package", () => {
    const native = join(user.folder, "node_modules/@pike-io/notifier-native");
    for (const place of ["prebuilds", "dist/prebuilds", "build/Release"]) {
      cpSync(join(native, "prebuilds"), join(user.folder, place), { recursive: true });
    }
    rmSync(join(native, "prebuilds"), { recursive: true });
    user.write("open.mjs", OPEN);
    expect(user.prints(["open.mjs"])).to.match(/^PIKE_NO_BINARY /);
    mkdirSync(join(native, "native/build"), { recursive: true });
    symlinkSync(join(user.folder, "prebuilds"), join(native, "prebuilds"));
    expect(user.prints(["open.mjs"])).to.match(/^PIKE_NO_BINARY .*outside this package/);
    const binary = join(user.folder, "prebuilds", system, binaryName());
    const path = { PIKE_NATIVE_PATH: binary };
    expect(user.prints(["open.mjs"], { env: path })).to.equal(binary);
  });
});

function binaryName() {
  return process.platform === "linux" ? "pike.glibc.node" : "pike.node";
}
