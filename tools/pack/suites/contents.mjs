/** Hazards: a tarball without what it needs, with what nobody should get, or run at install. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect } from "chai";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { TARGETS } from "../../prebuild/targets.mjs";
import { entriesOf } from "../../publish/bundle.mjs";
import { toolFile } from "../consumer.mjs";
import { tarballs } from "../tarballs.mjs";

const attw = toolFile("@arethetypeswrong/cli", "dist/index.js");

/** What npm runs when a package is installed. */
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall", "prepare", "preprepare"];

const PLAIN = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|dist\/[\w/-]+\.d\.ts)$/;
const NATIVE = /^native\/(binding\.gyp|package\.json|sources\.js|src\/\w+\.(cc|h))$/;

for (const { name, path, files, manifest } of tarballs()) {
  describe(`the tarball of ${name}`, () => {
    const paths = files.map((file) => file.path);

    it("has one bundled file for each entry, declarations, words, and nothing else", () => {
      const isNative = name === "@pike-io/notifier-native";
      const known = new Set([...entriesOf(manifest), ...(isNative ? binaries() : [])]);
      const surplus = paths.filter(
        (one) => !PLAIN.test(one) && !known.has(one) && !(isNative && NATIVE.test(one)),
      );
      expect(surplus).to.deep.equal([]);
      for (const one of ["README.md", "CHANGELOG.md", "LICENSE", ...entriesOf(manifest)]) {
        expect(paths).to.include(one);
      }
      expect(paths).to.include("dist/index.d.ts");
    });

    it("runs nothing when it is installed", () => {
      expect(paths).to.not.include("binding.gyp");
      const run = INSTALL_SCRIPTS.filter((script) => manifest.scripts?.[script] !== undefined);
      expect(run).to.deep.equal([]);
    });

    it("depends on pike's own packages only, at this version", () => {
      const versions = new Map(tarballs().map((one) => [one.name, one.manifest.version]));
      for (const [other, version] of Object.entries(manifest.dependencies ?? {})) {
        expect(versions.get(other), other).to.equal(version);
      }
      expect(manifest.optionalDependencies).to.equal(undefined);
      expect(manifest.peerDependencies).to.equal(undefined);
    });

    it("says which Node it needs, and where its types are", () => {
      expect(manifest.engines).to.deep.equal({ node: "^20.19.0 || >=22.12.0" });
      expect(manifest.exports["."]).to.have.all.keys("types", "default");
      expect(Object.keys(manifest.exports["."]).at(-1)).to.equal("default");
    });

    it("has nothing that publint has a word about", async () => {
      const tarball = new Uint8Array(readFileSync(path)).buffer;
      const { messages, pkg } = await publint({ pack: { tarball }, level: "suggestion" });
      expect(messages.map((message) => formatMessage(message, pkg))).to.deep.equal([]);
    });

    it("has types that fit its modules: attw", () => {
      const { stdout } = spawnSync(process.execPath, [attw, path, "--format=json"], {
        encoding: "utf8",
      });
      const { problems } = JSON.parse(stdout).analysis;
      // attw knows no Node that can require an ES module; all that are supported can.
      expect(problems.filter(({ kind }) => kind !== "CJSResolvesToESM")).to.deep.equal([]);
    });
  });
}

function binaries() {
  return TARGETS.map(({ folder, file }) => `prebuilds/${folder}/${file}`);
}
