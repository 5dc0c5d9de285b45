/** Hazards: two copies of a layer don't know one another; one of another version is accepted. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { Consumer } from "../consumer.mjs";
import { tarballs, withDependencies } from "../tarballs.mjs";

describe("a second copy of the layers in the tree", () => {
  let user;
  let other;

  beforeEach(() => {
    user = new Consumer({ type: "module" });
    user.install(tarballs());
    other = join(user.folder, "other");
    mkdirSync(other);
    writeFileSync(join(other, "package.json"), '{ "name": "other", "type": "module" }');
    user.install(
      ["@pike-io/socket", "@pike-io/event", "@pike-io/notifier-memory"].flatMap((name) =>
        withDependencies(name),
      ),
      other,
    );
    writeFileSync(
      join(other, "index.js"),
      `export * from "@pike-io/socket"; export * from "@pike-io/event";
       export * from "@pike-io/notifier-memory"; export { PikeError } from "@pike-io/notifier";`,
    );
  });
  afterEach(() => user.close());

  it("works with the notifier of the first, and throws errors with the same codes", () => {
    user.write(
      "both.mjs",
      `import { openNotifier } from "@pike-io/notifier-native";
      import { PikeError, Socket as Here } from "pike-io";
      import { Event, PikeError as OtherError, Socket as There } from "./other/index.js";
      const notifier = openNotifier();
      console.log(Here !== There && PikeError !== OtherError);
      const listener = There.open("ipv4", "stream").registerTo(notifier);
      listener.bind({ address: "127.0.0.1", port: 0 });
      listener.listen(8);
      const client = Here.open("ipv4", "stream").registerTo(notifier);
      const [{ socket }] = await Promise.all([
        listener.accept(), client.connect(listener.getBindAddress()),
      ]);
      await client.writeAll(Buffer.from("across"));
      const buffer = new Uint8Array(16);
      console.log(Buffer.from(buffer.subarray(0, await socket.read(buffer))).toString());
      const event = Event.open(notifier);
      event.post();
      await event.wait();
      const error = await socket.read(buffer, { timeoutMs: 1 }).catch((caught) => caught);
      console.log(error.code, error instanceof OtherError && error instanceof PikeError);
      await socket.close(); await client.close(); await listener.close(); await event.close();
      await notifier.close();`,
    );
    expect(user.prints(["both.mjs"]).split("\n")).to.deep.equal([
      "true",
      "across",
      "PIKE_TIMEOUT true",
    ]);
  });

  it("gives its own notifier to functions of the first", () => {
    user.write(
      "memory.mjs",
      `import { connect, listen } from "pike-io";
      import { MemoryNetwork } from "./other/index.js";
      const network = new MemoryNetwork({ seed: 7 });
      const server = network.host("10.0.0.2"), client = network.host("10.0.0.1");
      const listener = await listen({ host: "10.0.0.2", port: 80, notifier: server });
      const opening = connect({ host: "10.0.0.2", port: 80, notifier: client });
      const [{ value: peer }, socket] = await Promise.all([
        listener[Symbol.asyncIterator]().next(), opening,
      ]);
      await socket.writeAll(Buffer.from("in memory"));
      const buffer = new Uint8Array(16);
      console.log(Buffer.from(buffer.subarray(0, await peer.read(buffer))).toString());
      process.exit(0);`,
    );
    expect(user.prints(["memory.mjs"])).to.equal("in memory");
  });

  it("is refused by the contract's words when it speaks another version", () => {
    const contract = join(other, "node_modules/@pike-io/notifier/dist/index.js");
    const text = readFileSync(contract, "utf8");
    const changed = text.replace(/contractVersion = \{ major: 1\b/, "contractVersion = { major: 2");
    expect(changed).to.not.equal(text);
    writeFileSync(contract, changed);
    user.write(
      "refused.mjs",
      `import { openNotifier } from "@pike-io/notifier-native";
      import { Socket } from "./other/index.js";
      const notifier = openNotifier();
      try { Socket.open("ipv4", "stream").registerTo(notifier); } catch (error) {
        console.log(error.code, error.message);
      }
      await notifier.close();`,
    );
    const told = user.prints(["refused.mjs"]);
    expect(told).to.match(
      /^PIKE_CONTRACT_MISMATCH @pike-io\/socket \S+ needs notifier contract 2\.x; /,
    );
    expect(told).to.match(/; @pike-io\/notifier-native \S+ speaks 1\.\d+\. /);
    expect(told).to.match(/\. Upgrade @pike-io\/notifier-native .*that speaks 1\.\d+\.$/);
  });
});
