/** The main job on a small corpus: success, mismatches, wrong arguments, Ctrl-C. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { start } from "./run.mjs";

describe("examples/main", function () {
  this.timeout(120_000);
  let folder;
  let env;
  const job = (args, options) => start("main/main.mjs", args, { env, ...options });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "pike-corpus-"));
    const corpus = join(folder, "corpus");
    const scratch = join(folder, "scratch");
    mkdirSync(join(corpus, "deep", "er"), { recursive: true });
    mkdirSync(scratch);
    writeFileSync(join(corpus, "empty"), "");
    writeFileSync(join(corpus, "one byte"), "x");
    writeFileSync(join(corpus, "deep", "er", "bytes"), Buffer.alloc(3 << 20, 7));
    writeFileSync(join(corpus, "deep", "grüße.txt"), "grüße\n");
    env = { ...process.env, TMPDIR: scratch };
  });

  after(() => rmSync(folder, { recursive: true }));

  const corpus = () => join(folder, "corpus");
  const leftBehind = () => readdirSync(join(folder, "scratch"));

  it("sends files, a generated one, datagrams, signals and posts, and all is right", async () => {
    const { code, output, errors } = await job(["--size", "2", corpus()]).end();
    expect(errors).to.equal("");
    expect(code).to.equal(0);
    expect(output).to.match(/^4 files, 3\.1 MB, of /m);
    for (const client of ["pike", "node:net"]) {
      for (const what of ["TCP IPv4, files", "TCP IPv4, one file", "Unix, files"]) {
        expect(output).to.match(new RegExp(`^ok +${what}, ${client}: `, "m"));
      }
    }
    expect(output).to.match(/^(ok +TCP IPv6, files, pike: |left out +TCP IPv6: .*no IPv6)/m);
    for (const client of ["pike", "node:dgram"]) {
      expect(output).to.match(
        new RegExp(`^ok +UDP IPv4, 16 MB, ${client}: .* \\d+ of 11528 datagrams lost`, "m"),
      );
    }
    expect(output).to.match(/^ok +signals, one by one, process: 500 in /m);
    expect(output).to.match(/^ok +events, flood, worker: 100000 in /m);
    expect(output).to.match(/^what +client +requests +bytes +rate +median +p99 +CPU, pike/m);
    expect(output).to.match(/\nEverything arrived as it was sent\. [\d.]+ s\n$/);
    expect(output).to.not.include("\x1b");
    expect(leftBehind()).to.deep.equal([]);
  });

  for (const name of ["tcp4", "unix", "udp"]) {
    it(`a flipped byte on ${name} is named, and the exit code is 1`, async () => {
      const { code, output } = await job(["--size", "0", "--corrupt", name, corpus()]).end();
      expect(code).to.equal(1);
      const title = { tcp4: "TCP IPv4, files", unix: "Unix, files", udp: "UDP" }[name];
      expect(output).to.match(new RegExp(`^mismatch: ${title} from pike to pike: `, "m"));
      expect(output).to.match(/^mismatch: .*the server did not receive/m);
      const echo = name === "udp" ? "the echo is not the sample" : "other 8 came back";
      expect(output).to.match(new RegExp(`^mismatch: .*${echo}`, "m"));
      if (name !== "udp") expect(output).to.match(/^mismatch: .*grüße\.txt: sent 8 bytes/m);
      expect(output).to.match(/\n\d+ mismatches\. [\d.]+ s\n$/);
      expect(output).to.not.include("Everything arrived");
    });
  }

  it("--help says what it can do", async () => {
    const { code, output } = await job(["--help"]).end();
    expect(output).to.match(/npm start -- \[folder\] \[options\]/);
    expect(code).to.equal(0);
  });

  for (const [args, message] of [
    [["--bogus"], "Unknown option '--bogus'"],
    [["--size", "big"], '--size takes whole megabytes from 0 to 4096, not "big"'],
    [["--size", "4097"], '--size takes whole megabytes from 0 to 4096, not "4097"'],
    [["--corrupt", "x"], '--corrupt takes one of tcp4, tcp6, unix, udp, not "x"'],
    [["/no/such/folder"], "there is no folder /no/such/folder"],
    [["a", "b"], "one folder at most, not 2: a b"],
  ]) {
    it(`${args.join(" ")} gives a clear error`, async () => {
      const { code, output, errors } = await job(args).end();
      expect(errors).to.equal(`${message}\nSee: npm start -- --help\n`);
      expect(output).to.equal("");
      expect(code).to.equal(2);
    });
  }

  it("says in a sentence why it cannot even begin", async () => {
    const unknown = { env: { ...env, PIKE_NOTIFIER: "carrier-pigeon" } };
    const { code, errors } = await job([corpus()], unknown).end();
    expect(errors).to.match(/^failed: .*carrier-pigeon.*\n$/);
    expect(code).to.equal(1);
    expect(leftBehind()).to.deep.equal([]);
  });

  it("Ctrl-C on a terminal ends it cleanly in the middle of its work", async () => {
    const running = job(["--size", "1024", corpus()], { terminal: true });
    await running.seen(/running +\[.*TCP IPv4, one file/);
    running.type("\x03");
    const { code, output } = await running.end();
    expect(output).to.include("SIGINT: cleaning up, nothing is left behind");
    expect(code).to.equal(130);
    expect(leftBehind()).to.deep.equal([]);
  });

  it("SIGTERM from another process ends it cleanly too", async () => {
    const running = job(["--size", "1024", corpus()]);
    await running.seen(/ok +TCP IPv4, files, pike/);
    running.kill("SIGTERM");
    const { code, output, errors } = await running.end();
    expect(errors).to.equal("");
    expect(output).to.include("SIGTERM: cleaning up, nothing is left behind");
    expect(code).to.equal(130);
    expect(leftBehind()).to.deep.equal([]);
  });
});
