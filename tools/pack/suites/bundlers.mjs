/** Hazard: a bundled server doesn't find its binary any more. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import nodeResolve from "@rollup/plugin-node-resolve";
import { expect } from "chai";
import esbuild from "esbuild";
import { rollup } from "rollup";
import webpack from "webpack";
import { root } from "../../stages/run.mjs";
import { Consumer } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

const NATIVE = "@pike-io/notifier-native";

/** What the README tells to write: it has to be what is tested here. */
const LINES = {
  esbuild: "--external:@pike-io/notifier-native",
  rollup: 'external: ["@pike-io/notifier-native"],',
  webpack: 'externals: { "@pike-io/notifier-native": "module @pike-io/notifier-native" },',
  beside: "cp -R node_modules/@pike-io/notifier-native/prebuilds out/",
  webpackBeside: "module: { parser: { javascript: { importMeta: false } } },",
};

/** By its layers, as `pike-io` has this package's code within. */
const SERVER = `
import { binaryPath, openNotifier } from "@pike-io/notifier-native";
import { connect, listen } from "@pike-io/socket";
const notifier = openNotifier();
const listener = await listen({ host: "127.0.0.1", port: 0, notifier }, async (peer) => {
  for await (const chunk of peer) await peer.writeAll(chunk);
});
const { port } = listener.address;
const socket = await connect({ host: "127.0.0.1", port, notifier });
await socket.writeAll(Buffer.from("echoed"));
const buffer = new Uint8Array(64);
const count = await socket.read(buffer, { timeoutMs: 5_000 });
console.log(Buffer.from(buffer.subarray(0, count)).toString() + " " + binaryPath());
await socket.close();
await listener.close();
await notifier.close();
`;

/** The same by the one package. */
const WHOLE = SERVER.replace(
  /import .*native";/,
  'import { binaryPath, connect, listen } from "pike-io";',
)
  .replace(/import .*socket";/, "")
  .replace(/.*openNotifier\(\).*/, "")
  .replace(/.*notifier\.close.*/, "")
  .replaceAll(", notifier }", " }");

/** Each bundles `server.mjs` to `out/server.mjs`, the native package out of it or in it. */
const BUNDLERS = {
  esbuild: (folder, isExternal) =>
    esbuild.build({
      absWorkingDir: folder,
      entryPoints: ["server.mjs"],
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: "out/server.mjs",
      external: isExternal ? [NATIVE] : [],
      logLevel: "silent",
    }),
  rollup: async (folder, isExternal) => {
    const bundle = await rollup({
      input: join(folder, "server.mjs"),
      plugins: [nodeResolve()],
      external: isExternal ? [NATIVE] : [],
      onLog: (level, log) => {
        if (level === "warn" && log.code !== "UNRESOLVED_IMPORT") throw new Error(log.message);
      },
    });
    await bundle.write({ file: join(folder, "out/server.mjs"), format: "esm" });
    await bundle.close();
  },
  webpack: (folder, isExternal) =>
    pack({
      mode: "production",
      context: folder,
      entry: "./server.mjs",
      target: "node20",
      experiments: { outputModule: true },
      output: { path: join(folder, "out"), filename: "server.mjs", module: true },
      ...(isExternal
        ? { externals: { [NATIVE]: `module ${NATIVE}` } }
        : { module: { parser: { javascript: { importMeta: false } } } }),
    }),
};

function pack(settings) {
  return new Promise((resolve, reject) => {
    webpack(settings, (error, stats) => {
      if (error !== null) reject(error);
      else if (stats.hasErrors() || stats.hasWarnings()) reject(new Error(stats.toString()));
      else resolve();
    });
  });
}

describe("a server bundled", () => {
  const readme = readFileSync(join(root, "packages/notifier-native/README.md"), "utf8");
  let user;
  before(() => {
    user = new Consumer({ type: "module" });
    user.install(tarballs());
    user.write("server.mjs", SERVER);
  });
  after(() => user.close());

  for (const [name, bundle] of Object.entries(BUNDLERS)) {
    it(`by ${name}, by the README's line, runs with the package beside it`, async () => {
      expect(readme).to.include(LINES[name]);
      await bundle(user.folder, true);
      const [echoed, path] = user.prints(["out/server.mjs"]).split(" ");
      expect(echoed).to.equal("echoed");
      expect(path).to.include(join("node_modules", "@pike-io", "notifier-native", "prebuilds"));
      const text = readFileSync(join(user.folder, "out/server.mjs"), "utf8");
      expect(text).to.match(/from\s*["']@pike-io\/notifier-native["']/);
    });

    it(`by ${name}, of pike-io alone, runs with the package beside it and no line`, async () => {
      user.write("server.mjs", WHOLE);
      await bundle(user.folder, true);
      user.write("server.mjs", SERVER);
      const [echoed, path] = user.prints(["out/server.mjs"]).split(" ");
      expect(echoed).to.equal("echoed");
      expect(path).to.include(join("node_modules", "@pike-io", "notifier-native", "prebuilds"));
    });

    it(`by ${name}, whole, runs anywhere with the binaries beside it`, async () => {
      expect(readme).to.include(LINES.beside);
      if (name === "webpack") expect(readme).to.include(LINES.webpackBeside);
      await bundle(user.folder, false);
      const place = alone(user, name);
      const [echoed, path] = user.prints([join(place, "server.mjs")], { cwd: place }).split(" ");
      expect(echoed).to.equal("echoed");
      expect(path.startsWith(join(place, "prebuilds"))).to.equal(true);
    });
  }

  it("to CommonJS by esbuild runs as well", async () => {
    const required = SERVER.replaceAll(/import (.*) from (".*");/g, "const $1 = require($2);");
    user.write("server.cjs", `(async () => {${required}})();`);
    await esbuild.build({
      absWorkingDir: user.folder,
      entryPoints: ["server.cjs"],
      bundle: true,
      platform: "node",
      outfile: "out/server.cjs",
      logLevel: "silent",
    });
    const place = alone(user, "commonjs");
    expect(user.prints([join(place, "server.cjs")], { cwd: place })).to.match(/^echoed /);
  });
});

/** Moves the bundle, and a copy of the binaries, where there is no package at all. */
function alone(user, name) {
  const place = join(user.home, `alone-${name}`);
  mkdirSync(place);
  for (const file of readdirSync(join(user.folder, "out"))) {
    renameSync(join(user.folder, "out", file), join(place, file));
  }
  cpSync(join(user.folder, "node_modules", NATIVE, "prebuilds"), join(place, "prebuilds"), {
    recursive: true,
  });
  expect(existsSync(join(place, "node_modules"))).to.equal(false);
  return place;
}
