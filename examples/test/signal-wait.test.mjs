/** Ctrl-C from a pseudo-terminal, and signals from another process. */
import { openNotifier } from "@pike-io/notifier-native";
import { expect } from "chai";
import { start } from "./run.mjs";

/** Whether the system tells who sent a signal. */
const notifier = openNotifier({ drive: "manual" });
const tells = notifier.backend !== "kqueue";
notifier.close();

const lines = (sender, from = tells ? sender : "somebody") => [
  "waiting for Ctrl-C, 1 of 3",
  `got SIGINT from ${from}`,
  "waiting for Ctrl-C, 2 of 3",
  `got SIGINT from ${from}`,
  "waiting for Ctrl-C, 3 of 3",
  `got SIGINT from ${from}`,
  "good-bye",
];

describe("examples/signal-wait.mjs", () => {
  it("takes three Ctrl-C from a terminal, then ends by itself", async () => {
    const example = start("signal-wait.mjs", [], { terminal: true });
    for (let turn = 1; turn <= 3; turn++) {
      await example.seen(new RegExp(`waiting for Ctrl-C, ${turn} of 3`));
      example.type("\x03");
    }
    const { code, output, errors } = await example.end();
    expect(errors).to.equal("");
    expect(output.replaceAll("^C", "").trimEnd().split("\n")).to.deep.equal(lines("the terminal"));
    expect(code).to.equal(0);
  });

  it("takes three SIGINT from another process, and names it", async () => {
    const example = start("signal-wait.mjs");
    for (let turn = 1; turn <= 3; turn++) {
      await example.seen(new RegExp(`waiting for Ctrl-C, ${turn} of 3`));
      example.kill("SIGINT");
    }
    const { code, output } = await example.end();
    expect(output.trimEnd().split("\n")).to.deep.equal(lines(`process ${process.pid}`));
    expect(code).to.equal(0);
  });

  it("leaves other signals as they were: SIGTERM ends it", async () => {
    const example = start("signal-wait.mjs");
    await example.seen(/1 of 3/);
    example.kill("SIGTERM");
    expect((await example.end()).signal).to.equal("SIGTERM");
  });
});
