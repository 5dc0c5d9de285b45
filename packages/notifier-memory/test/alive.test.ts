import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

const program = fileURLToPath(new URL("./keep.js", import.meta.url));

/** What a program of its own printed before it ended by itself, or "stayed alive". */
function ending(scene: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, [program, scene], { timeout: 10_000 }, (error, stdout) => {
      resolve(error === null ? stdout.trim() : `${error.killed ? "hung" : error.message}`);
    });
  });
}

describe("the runtime's loop", () => {
  it("is kept alive by a request on a ref'd handle until it completes", async () => {
    expect(await ending("ref'd")).to.equal("alive; completed; exit");
  });

  it("is not kept alive by an open handle that nobody waits on", async () => {
    expect(await ending("idle")).to.equal("exit");
  });

  it("is not kept alive by requests on handles, or notifiers, that are unref'd", async () => {
    expect(await ending("unref'd handle")).to.equal("exit");
    expect(await ending("unref'd handle, then asked")).to.equal("exit");
    expect(await ending("unref'd notifier")).to.equal("exit");
    expect(await ending("unref'd, busy")).to.equal("exit");
  });

  it("is kept alive again by a ref while the request is pending", async () => {
    expect(await ending("ref'd again")).to.equal("alive; completed; exit");
  });

  it("serves unref'd handles as long as something else keeps it alive", async () => {
    expect(await ending("unref'd but served")).to.equal("completed; exit");
  });

  it("is not kept alive by a notifier that is driven by hand", async () => {
    expect(await ending("manual")).to.equal("exit");
  });
});
