/** Hazard: only npm's tree of packages works, or a package manager runs or fetches something. */
import { join } from "node:path";
import { expect } from "chai";
import { Consumer, toolFile } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

const pnpm = toolFile("pnpm", "bin/pnpm.cjs");
const yarn = toolFile("@yarnpkg/cli-dist", "bin/yarn.js");

const PROGRAM = `
import { Event, binaryPath } from "pike-io";
import { openNotifier } from "@pike-io/notifier-native";
const notifier = openNotifier();
const event = Event.open(notifier);
event.post();
await event.wait();
await event.close();
await notifier.close();
console.log("posted", binaryPath());
`;

/** The tarballs take the place of what a registry would give. */
function manifest(key) {
  const places = Object.fromEntries(tarballs().map(({ name, path }) => [name, `file:${path}`]));
  const { "pike-io": whole, "@pike-io/notifier-native": native } = places;
  return {
    type: "module",
    dependencies: { "pike-io": whole, "@pike-io/notifier-native": native },
    ...key(places),
  };
}

const TREES = {
  pnpm: {
    manifest: manifest((overrides) => ({ pnpm: { overrides } })),
    install: [pnpm, "install", "--offline", "--ignore-scripts", "--store-dir=../store"],
    run: [],
    binary: /node_modules.\.pnpm.*prebuilds/,
  },
  "yarn's node_modules": {
    manifest: manifest((resolutions) => ({ resolutions })),
    env: { YARN_NODE_LINKER: "node-modules" },
    install: [yarn, "install"],
    run: [],
    binary: /node_modules.@pike-io.*prebuilds/,
  },
  "yarn's Plug'n'Play": {
    manifest: manifest((resolutions) => ({ resolutions })),
    env: { YARN_NODE_LINKER: "pnp" },
    install: [yarn, "install"],
    run: [yarn, "node"],
    binary: /\.yarn.unplugged.*prebuilds/,
  },
};

const YARN = {
  YARN_ENABLE_NETWORK: "0",
  YARN_ENABLE_SCRIPTS: "0",
  YARN_ENABLE_TELEMETRY: "0",
  YARN_ENABLE_IMMUTABLE_INSTALLS: "0",
};

for (const [name, tree] of Object.entries(TREES)) {
  describe(`installed by ${name}`, () => {
    let user;
    before(() => {
      user = new Consumer(tree.manifest);
      const env = { ...YARN, YARN_GLOBAL_FOLDER: join(user.home, "yarn"), ...tree.env };
      user.write("yarn.lock", "");
      user.prints(tree.install, { env, isCutOff: true });
      user.write("program.mjs", PROGRAM);
    });
    after(() => user.close());

    it("pike opens its own binary and works", () => {
      const env = { ...YARN, YARN_GLOBAL_FOLDER: join(user.home, "yarn"), ...tree.env };
      const [posted, path] = user.prints([...tree.run, "program.mjs"], { env }).split(" ");
      expect(posted).to.equal("posted");
      expect(path).to.match(tree.binary);
    });
  });
}
