import { readFileSync } from "node:fs";
import { expect } from "chai";
import { defaultNotifier } from "pike-io";
import { pike, program } from "./run.js";

const manifest = new URL("../package.json", import.meta.url);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };

/** Whether the binary has the backends of Linux. */
const isEpollThere = ["epoll", "io_uring"].includes(defaultNotifier().backend);

describe("the pike command", () => {
  it("--help says what it can do", async () => {
    for (const flag of ["--help", "-h", "help"]) {
      const { code, output } = await pike([flag]);
      expect(output).to.match(/^pike .*\n\nUsage:\n +pike doctor/);
      expect(code).to.equal(0);
    }
  });

  it("--version is the package's", async () => {
    for (const flag of ["--version", "-v"]) {
      expect(await pike([flag])).to.deep.equal({ code: 0, output: `${version}\n`, errors: "" });
    }
  });

  for (const [args, message] of [
    [[], "there is nothing to do"],
    [["--bogus"], 'unknown option "--bogus"'],
    [["physician"], 'unknown command "physician"'],
    [["doctor", "--loud"], '"doctor" takes no further argument, such as "--loud"'],
  ] as const) {
    it(`pike ${args.join(" ")}: a clear error`, async () => {
      const errors = `pike: ${message}\nSee: pike --help\n`;
      expect(await pike(args)).to.deep.equal({ code: 2, output: "", errors });
    });
  }

  describe("doctor", () => {
    it("names backend and reason, kernel, limits and binary, and tries a post", async () => {
      const { code, output, errors } = await pike(["doctor"]);
      expect(errors).to.equal("");
      expect(output).to.match(new RegExp(`^pike +${version}$`, "m"));
      expect(output).to.match(
        /^runtime +(Node|Bun|Deno) \d+\.\d+\.\d+( \(as Node [\d.]+\))?, \w+ \w+/m,
      );
      expect(output).to.match(/^kernel +\w+ \d/m);
      expect(output).to.match(/^binary +\S+pike\.node \((this package's own|from PIKE_NAT)/m);
      expect(output).to.match(/^backend +\w+: .+$/m);
      expect(output).to.match(/^attached +(loop|thread): .+$/m);
      expect(output).to.match(/^contract +1\.\d+, spoken by @pike-io\/notifier-native \d/m);
      expect(output).to.match(/^limits +\d+ handles, \d+ pending operations/m);
      expect(output).to.match(/^works +a post arrived after [\d.]+ ms$/m);
      expect(output).to.match(/^descriptors +\d+/m);
      expect(code).to.equal(0);
    });

    if (!isEpollThere) it("io_uring (skipped: there is none on this system)");
    else {
      it("says what io_uring has here, or why it is refused", async () => {
        const { output } = await pike(["doctor"], { PIKE_NOTIFIER: "epoll" });
        expect(output).to.match(/^backend +epoll: epoll was asked for by name$/m);
        expect(output).to.match(/^io_uring +(can be had, with \w.*|.*refused with.*Way out: .*)$/m);
      });

      it("says why the first of several backends is not the one", async () => {
        const env = { PIKE_NOTIFIER: "io_uring,epoll", PIKE_URING_FEATURES: "-recv_multishot" };
        const { code, output } = await pike(["doctor"], env);
        expect(output).to.match(
          /^backend +epoll: io_uring cannot be had: (this kernel's|io_uring_)/m,
        );
        expect(code).to.equal(0);
      });
    }

    const isNode = process.versions.bun === undefined && !("deno" in process.versions);
    if (!isNode) it("other runtimes (skipped: only Node can be taken for another)");
    else
      it("names a runtime that says which Node it wants to be taken for", async () => {
        const doctor = new URL("../dist/doctor.js", import.meta.url).href;
        for (const [key, name] of [
          ["bun", "Bun"],
          ["deno", "Deno"],
        ]) {
          const { output } = await program(`
          Object.defineProperty(process.versions, "${key}", { value: "9.8.7" });
          Object.defineProperty(process, "report", { value: undefined });
          const { doctor } = await import("${doctor}");
          await doctor(console.log);
        `);
          expect(output).to.match(
            new RegExp(`^runtime +${name} 9\\.8\\.7 \\(as Node [\\d.]+\\)`, "m"),
          );
          expect(output).to.match(/^attached +thread: /m);
          expect(output).to.match(/^descriptors +(\d+, at most|unknown)/m);
        }
      });

    it("an unknown backend is named, and the exit code is 1", async () => {
      const { code, output } = await pike(["doctor"], { PIKE_NOTIFIER: "carrier-pigeon" });
      expect(output).to.match(/^variables +PIKE_NOTIFIER=carrier-pigeon/m);
      expect(output).to.match(/^failed +.*carrier-pigeon/m);
      expect(code).to.equal(1);
    });

    it("a binary that is not there is named, and the exit code is 1", async () => {
      const { code, output } = await pike(["doctor"], { PIKE_NATIVE_PATH: "/no/such/pike.node" });
      expect(output).to.match(/^failed +no binary for .*\/no\/such\/pike\.node/m);
      expect(code).to.equal(1);
    });
  });
});
