/** Hazard: the published form works in the runtime that its tests ran in, and in no other. */
import { spawnSync } from "node:child_process";
import { expect } from "chai";
import { fetchRuntime } from "../../runtimes/fetch.mjs";
import { RUNTIMES } from "../../runtimes/list.mjs";
import { Consumer } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

const REQUIRED = `
const { Event, binaryPath, defaultNotifier } = require("pike-io");
const { Socket } = require("@pike-io/socket");
const notifier = defaultNotifier();
const event = Event.open(notifier);
const socket = Socket.open("ipv4", "stream").registerTo(notifier);
event.post();
event.wait().then(() => Promise.all([event.close(), socket.close()])).then(() => {
  console.log("posted " + binaryPath());
});
`;

const IMPORTED = `
import { Event, binaryPath, defaultNotifier } from "pike-io";
const event = Event.open(defaultNotifier());
event.post();
await event.wait();
await event.close();
console.log("posted " + binaryPath());
`;

/** Deno wants to be told that a program may do what programs do, and where packages are. */
const ARGUMENTS = { deno: ["run", "--allow-all", "--quiet", "--node-modules-dir=manual"] };

describe("the packages as they are published", () => {
  let user;
  before(() => {
    user = new Consumer({ type: "module" });
    user.install(tarballs());
    user.write("imported.mjs", IMPORTED);
    user.write("required.cjs", REQUIRED);
  });
  after(() => user.close());

  for (const runtime of RUNTIMES) {
    it(`work in ${runtime.name} ${runtime.version}, by import and by require`, async () => {
      const program = await fetchRuntime(runtime);
      for (const file of ["imported.mjs", "required.cjs"]) {
        const args = [...(ARGUMENTS[runtime.name] ?? []), file];
        const { stdout, stderr } = spawnSync(program, args, {
          cwd: user.folder,
          env: { ...user.environment(), DENO_DIR: user.home, DENO_NO_UPDATE_CHECK: "1" },
          encoding: "utf8",
          timeout: 60_000,
        });
        expect(stdout, stderr).to.match(/^posted .*notifier-native.prebuilds./);
      }
    });
  }
});
