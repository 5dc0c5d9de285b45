/** Hazard: a system without a prebuilt binary, and a documented command that doesn't make one. */
import { readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { nodedir } from "../../stages/native.mjs";
import { root } from "../../stages/run.mjs";
import { Consumer, npmScript } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

const COMMAND = "npx @pike-io/notifier-native build";

describe("built from source", () => {
  let user;
  before(() => {
    user = new Consumer({ type: "module" });
    user.install(tarballs());
  });
  after(() => user.close());

  it(`${COMMAND}: makes the binary that is then loaded`, () => {
    const readme = readFileSync(join(root, "packages/notifier-native/README.md"), "utf8");
    expect(readme).to.include(COMMAND);
    const native = join(user.folder, "node_modules/@pike-io/notifier-native");
    rmSync(join(native, "prebuilds"), { recursive: true });
    // Installed, as somebody may have them, so that npm need not fetch them.
    for (const name of ["node-gyp", "node-addon-api"]) {
      symlinkSync(join(root, "node_modules", name), join(user.folder, "node_modules", name), "dir");
    }
    const headers = nodedir();
    const env = {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      JOBS: "max",
      ...(headers === undefined ? {} : { npm_config_nodedir: headers }),
    };
    const words = COMMAND.split(" ").slice(1);
    const said = user.prints([npmScript(), "exec", "--offline", "--", ...words], { env });
    const binary = join(native, "native/build/Release/pike.node");
    expect(said).to.include(`built ${binary}`);
    user.write("open.mjs", 'import { binaryPath } from "pike-io"; console.log(binaryPath());');
    expect(user.prints(["open.mjs"])).to.equal(binary);
  });
});
