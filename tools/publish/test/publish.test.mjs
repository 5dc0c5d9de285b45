/** Hazards: what is published is not what was tested; an interrupted pack leaves it lying about. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "chai";
import { root } from "../../stages/run.mjs";
import { close, open } from "../swap.mjs";

/** What tsc would have made: an entry, a module of it, and one that nothing reaches. */
const FILES = {
  "package.json": JSON.stringify({
    name: "sample",
    exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
    bin: { sample: "./dist/command.js" },
  }),
  "dist/.tsbuildinfo": "{}",
  "dist/index.js": 'export { value } from "./inner/value.js";\nexport { other } from "other";\n',
  "dist/index.d.ts":
    'export { value } from "./inner/value.js";\n//# sourceMappingURL=index.d.ts.map',
  "dist/inner/value.js": "/** Said. */\nexport const value = 42;\n",
  "dist/inner/value.d.ts": "/** Said. */\nexport declare const value = 42;\n",
  "dist/command.js":
    '#!/usr/bin/env node\nimport { value } from "./inner/value.js";\nconsole.log(value);\n',
  "dist/command.d.ts": "export {};\n",
  "dist/apart.d.ts": "export {};\n",
};

describe("packing a package", () => {
  let home = "";
  let folder = "";
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "pike-publish-"));
    folder = join(home, `sample-${process.pid}`);
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
    rmSync(join(root, ".cache/publish", `sample-${process.pid}`), { recursive: true, force: true });
  });

  const published = () =>
    readdirSync(join(folder, "dist"), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(folder.length + 1))
      .sort();
  const compiled = Object.keys(FILES)
    .filter((path) => path.startsWith("dist/"))
    .sort();
  const bundled = ["dist/command.js", "dist/index.d.ts", "dist/index.js", "dist/inner/value.d.ts"];

  it("has one file an entry, and the declarations that can be reached", async () => {
    await open(folder);
    expect(published()).to.deep.equal(bundled);
    const index = readFileSync(join(folder, "dist/index.js"), "utf8");
    expect(index).to.include("value = 42").and.include('from "other"').and.not.include("./inner");
    expect(readFileSync(join(folder, "dist/command.js"), "utf8")).to.match(/^#!.*node\n/);
    const types = readFileSync(join(folder, "dist/index.d.ts"), "utf8");
    expect(types).to.equal('export { value } from "./inner/value.js";\n');
    expect(existsSync(join(folder, "LICENSE"))).to.equal(true);
  });

  it("puts back what tsc made", async () => {
    await open(folder);
    close(folder);
    expect(published()).to.deep.equal(compiled);
    for (const path of compiled) {
      expect(readFileSync(join(folder, path), "utf8")).to.equal(FILES[path]);
    }
  });

  it("starts from what tsc made when an earlier pack was interrupted", async () => {
    await open(folder);
    await open(folder);
    expect(published()).to.deep.equal(bundled);
    close(folder);
    expect(published()).to.deep.equal(compiled);
  });

  it("keeps what was compiled after an interrupted pack", async () => {
    await open(folder);
    writeFileSync(join(folder, "dist/.tsbuildinfo"), "{}");
    writeFileSync(join(folder, "dist/index.js"), "newer");
    close(folder);
    expect(readFileSync(join(folder, "dist/index.js"), "utf8")).to.equal("newer");
  });

  it("is refused where nothing is compiled", async () => {
    rmSync(join(folder, "dist"), { recursive: true });
    const refused = await open(folder).catch((error) => error);
    expect(refused.message).to.match(/is not compiled: npm run build/);
  });
});

describe("the version that a package names in its messages", () => {
  const parts = readdirSync(join(root, "packages"));
  for (const part of parts) {
    it(`is that of packages/${part}`, () => {
      const folder = join(root, "packages", part);
      const { version, name } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
      const named = readdirSync(join(folder, "src"), { recursive: true })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => readFileSync(join(folder, "src", path), "utf8"))
        .flatMap((text) => [
          ...text.matchAll(/\bversion: "(\d+\.\d+\.\d+)"/g),
          ...text.matchAll(new RegExp(`"${name} (\\d[^"]*)"`, "g")),
        ])
        .map(([, found]) => found);
      expect(named).to.deep.equal(named.map(() => version));
    });
  }
});
