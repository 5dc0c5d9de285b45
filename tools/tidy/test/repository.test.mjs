/** Exceptions may only get fewer, and rules over several files must see all of them. */
import { expect } from "chai";
import { check, checkFile } from "../check.mjs";
import { source } from "../files.mjs";
import { fileLength } from "../lengths.mjs";
import { unusedFiles } from "../unused.mjs";

const SOCKET = "packages/socket/src/a.ts";
const HEADER = "/** A sample that stands for a source file. */\n\n";
const broken = (text) => checkFile(source(SOCKET, HEADER + text)).map(({ rule }) => rule);
const long = (count) => "x();\n".repeat(count);

describe("tidy: exceptions", () => {
  it("allows a finding for a reason, on its line or above", () => {
    const allow = "// tidy-allow byte-path: once a connection, no byte passes";
    expect(broken(`${allow}\nasync function f() {}`)).to.deep.equal([]);
    expect(broken(`async function f() {} ${allow}`)).to.deep.equal([]);
    expect(broken(`${allow}\n// for two lines\nasync function f() {}`)).to.deep.equal([]);
  });

  it("refuses an allowance without a reason, without a use, or of no rule", () => {
    expect(broken("// tidy-allow byte-path\nasync function f() {}")).to.deep.equal(["allowances"]);
    expect(broken("// tidy-allow byte-path: nothing is here to allow\nx();")).to.deep.equal([
      "allowances",
    ]);
    expect(broken("// tidy-allow bytes: the name is another one\nx();")).to.deep.equal([
      "allowances",
    ]);
  });

  it("lets a longer file shrink only", () => {
    const file = (count) => source(SOCKET, long(count));
    const longer = { [SOCKET]: { lines: 400, reason: "a table" } };
    expect(fileLength(file(400), longer)).to.have.length(0);
    expect(fileLength(file(401), longer)).to.have.length(1);
    expect(fileLength(file(350), longer)[0].message).to.match(/shrunk/);
    expect(fileLength(file(200), longer)[0].message).to.match(/no longer needed/);
  });
});

describe("tidy: whole repositories", () => {
  const file = (path, text) => source(path, text);
  const manifest = (part, dependencies) =>
    file(
      `packages/${part}/package.json`,
      JSON.stringify({ name: `@pike-io/${part}`, dependencies }),
    );
  const complete = (part) => [
    file(`packages/${part}/README.md`, "# a\n\n```ts\na();\n```\n"),
    file(`packages/${part}/CHANGELOG.md`, "# a\n"),
  ];

  it("refuses a dependency upwards, and a package that the table doesn't know", () => {
    const found = check({
      files: [
        manifest("handle", { "@pike-io/socket": "1" }),
        manifest("socket", { "@pike-io/handle": "1" }),
        manifest("novelty", {}),
      ],
    }).filter(({ rule }) => rule === "arrows");
    expect(found.map(({ path }) => path)).to.deep.equal([
      "packages/handle/package.json",
      "packages/novelty/package.json",
    ]);
  });

  it("refuses a package without README, example or CHANGELOG", () => {
    const messages = (files) => check({ files }).map(({ path, message }) => `${path} ${message}`);
    expect(messages([manifest("handle", {})])).to.have.length(2);
    expect(messages([manifest("handle", {}), ...complete("handle")])).to.deep.equal([]);
    const plain = file("packages/handle/README.md", "# a\n");
    expect(messages([manifest("handle", {}), complete("handle")[1], plain])[0]).to.match(
      /no example/,
    );
  });
});

describe("tidy: files that nothing reaches", () => {
  const manifest = source("packages/a/package.json", '{ "exports": "./dist/index.js" }');
  const index = source("packages/a/src/index.ts", 'export * from "./used.js";\n');
  const found = (...files) =>
    unusedFiles({ files: [manifest, index, ...files] }).map(({ path }) => path);

  it("are found among TypeScript, C++ sources and headers", () => {
    const gyp = source("packages/a/native/binding.gyp", '{ "sources": ["src/used.cc"] }');
    const used = source("packages/a/native/src/used.cc", '#include "used.h"\n');
    const header = source("packages/a/native/src/used.h", "");
    const dead = [
      "packages/a/src/dead.ts",
      "packages/a/native/src/dead.cc",
      "packages/a/native/src/dead.h",
    ];
    const others = dead.map((path) => source(path, ""));
    expect(found(source("packages/a/src/used.ts", ""), gyp, used, header, ...others)).to.deep.equal(
      dead,
    );
  });

  it("are not sources of a build file that takes all", () => {
    const gyp = source("packages/a/native/binding.gyp", "<!@(node sources.js <(OS))");
    const used = [source("packages/a/src/used.ts", ""), gyp];
    expect(found(...used, source("packages/a/native/src/b.cc", ""))).to.deep.equal([]);
  });

  it("are not tests, nor the entries of the manifest", () => {
    expect(
      found(source("packages/a/src/used.ts", ""), source("packages/a/test/b.test.ts", "")),
    ).to.deep.equal([]);
  });
});
