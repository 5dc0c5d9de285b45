/**
 * Every rule is shown a sample that breaks it and one that keeps it: a rule that can't fail is
 * none.
 *
 * Words that the rules look for in strings as well are put together from parts here.
 */
import { expect } from "chai";
import { checkFile, FILE_RULES } from "../check.mjs";
import { source } from "../files.mjs";

const SOCKET = "packages/socket/src/a.ts";
const HEADER = "/** A sample that stands for a source file. */\n\n";
const manifests = {
  notifier: { name: "@pike-io/notifier" },
  handle: { name: "@pike-io/handle", dependencies: { "@pike-io/notifier": "1" } },
  socket: {
    name: "@pike-io/socket",
    dependencies: { "@pike-io/handle": "1", "@pike-io/signal": "1" },
  },
  signal: { name: "@pike-io/signal" },
  "notifier-native": { name: "@pike-io/notifier-native", dependencies: { "node-gyp-build": "1" } },
  "pike-io": { name: "pike-io" },
};

/** The names of the rules that a text breaks. */
function broken(text, path = SOCKET) {
  const header = path.endsWith(".json") ? "" : HEADER;
  const found = checkFile(source(path, header + text), manifests);
  return [...new Set(found.map(({ rule }) => rule))];
}

const long = (count) => "x();\n".repeat(count);

/**
 * Rule → samples that break it → samples that keep it. A sample is a text, or a path and a text.
 */
const SAMPLES = {
  arrows: {
    breaks: [
      'import { a } from "@pike-io/signal";',
      'export { a } from "@pike-io/notifier";',
      'const a = await import("pike-io");',
      'import a from "../../handle/src/a.js";',
      'import a from "left-pad";',
      'import a from "fs";',
      ["packages/handle/src/a.ts", 'import a from "@pike-io/socket";'],
      ["packages/notifier/src/a.ts", 'import a from "@pike-io/handle";'],
      ["packages/socket/test/a.ts", 'import a from "../../handle/src/a.js";'],
    ],
    keeps: [
      'import { a } from "@pike-io/handle";',
      'import a from "./b.js";',
      '// import a from "left-pad"\n',
      ["packages/socket/test/a.ts", 'import a from "../src/a.js"; import b from "chai";'],
      ["packages/notifier-native/src/a.ts", 'import a from "node-gyp-build";'],
      ["packages/socket/src/deep/a.ts", 'import a from "../a.js";'],
    ],
  },
  portable: {
    breaks: [
      'import a from "node:os";',
      'import { lookup } from "node:dns";',
      'if (process.platform === "linux") x();',
      ["packages/notifier-memory/src/a.ts", 'import a from "node:net";'],
    ],
    keeps: [
      'import { channel } from "node:diagnostics_channel";',
      'x("process.platform");',
      ["packages/notifier-native/src/a.ts", 'import a from "node:os"; process.platform;'],
      ["packages/socket/test/a.ts", 'import a from "node:net";'],
    ],
  },
  "file-length": {
    breaks: [long(299), ["packages/notifier-native/native/src/a.cc", long(349)]],
    keeps: [long(298), ["packages/notifier-native/native/src/a.cc", long(348)]],
  },
  "line-length": {
    breaks: [
      `x(${"a + ".repeat(30)}b);`,
      `// ${"word ".repeat(30)}`,
      `x("a", ${"b, ".repeat(40)});`,
    ],
    keeps: [
      ["a.gyp", `  "${"word ".repeat(30)}",`],
      `x(${"a".repeat(96)});`,
      `    "${"word ".repeat(30)}",`,
      `// https://a.example/${"a".repeat(100)}`,
    ],
  },
  "function-length": {
    breaks: [
      ["a.cc", `int f(int a) {\n${long(80)}}\n`],
      ["a.cc", `struct S {\n  int f() const noexcept {\n${long(80)}}\n};\n`],
      ["a.cc", `namespace p {\nauto f = [&](int a) -> int {\n${long(80)}};\n}\n`],
    ],
    keeps: [
      ["a.cc", `int f(int a) {\n${long(60)}}\n`],
      ["a.cc", `namespace p {\nint f() {\n${long(60)}}\nint g() {\n${long(60)}}\n}\n`],
      ["a.cc", `const int table[] = {\n${"1,\n".repeat(100)}};\n`],
      ["a.cc", `class S : public T {\n${"int a;\n".repeat(100)}};\n`],
      ["a.cc", `#define OPEN {\nint f() {\n${long(60)}}\nint g() {\n${long(60)}}\n`],
    ],
  },
  types: {
    breaks: [
      "enum A { B }",
      "export const enum A { B }",
      "let a: any;",
      "f(a as any);",
      "let a: Map<string, any>;",
    ],
    keeps: ["const any = 1; f(any);", "// an enum, and any\n", "f({ any: 1 });"],
  },
  brands: {
    breaks: ["if (a instanceof Socket) x();", "return a instanceof PikeError;"],
    keeps: [
      "if (a instanceof Uint8Array) x();",
      ["packages/socket/test/a.ts", "a instanceof Socket;"],
    ],
  },
  printing: {
    breaks: ["console.log(1);", "console . error(1);"],
    keeps: ['x("console.log");', ["packages/pike-io/src/cli.ts", "console.log(1);"]],
  },
  "byte-path": {
    breaks: [
      "async function f() {}",
      "const f = async () => 1;",
      "const f = async a => 1;",
      "class A {\n  async read() {}\n}",
      "class A {\n  async #read() {}\n}",
      "class A {\n  async *[Symbol.asyncIterator]() {}\n}",
      "class A {\n  async [Symbol.asyncDispose]() {}\n}",
      "function* f() {}",
      "class A {\n  *[Symbol.iterator]() {}\n}",
      ["packages/notifier-native/src/a.ts", "async function f() {}"],
    ],
    keeps: [
      "function f(): Promise<void> { return g(); }",
      "const a = { async: true }; f(async);",
      ["packages/pike-io/src/a.ts", "async function f() {}"],
      ["packages/signal/src/a.ts", "async function f() {}"],
      ["packages/socket/src/connect.ts", "async function f() {}"],
    ],
  },
  "focused-tests": {
    breaks: [
      "it.only('a', b);",
      "describe.only('a', b);",
      "it.skip('a', b);",
      "xit('a', b);",
      "this.skip();",
    ],
    keeps: [
      "// tidy-allow focused-tests: this kernel has no such call\nthis.skip();",
      "a.only(1);",
    ],
  },
  docstrings: {
    breaks: [
      "export function f(): void {}",
      "export const A = 1;",
      "// said\nexport class A {}",
      "x();\nexport interface A {}",
      "/** said */\n\nexport type A = 1;",
      ["tools/a.mjs", "export function f() {}"],
    ],
    keeps: [
      "/** said */\nexport function f(): void {}",
      "/** said */\nexport function f(a: 1): void;\nexport function f(a: 2): void;",
      'export { a } from "./b.js";',
      ["packages/socket/test/a.ts", "export const a = 1;"],
    ],
  },
  leftovers: {
    breaks: [
      `// ${"TO" + "DO"}: later\n`,
      `x("${"FIX" + "ME"}");`,
      ["docs/a.md", `${"X" + "XX"} here`],
    ],
    keeps: ['x("nameXXXXXX");', "const todos = 1;"],
  },
  "machine-paths": {
    breaks: [
      `x("/wo${"rk"}/main");`,
      `// see /ho${"me"}/someone/file\n`,
      ["docs/a.md", `/ro${"ot"}/.npmrc`],
    ],
    keeps: ['x("/proc/self/task");', "const a = b/root/c;", 'x("a/root/b", `${folder}/work/a`);'],
  },
  "registry-hosts": {
    breaks: [`// https://regis${"try."}example.org\n`, ["docs/a.md", `npmjs${"."}com`]],
    keeps: ["// the package registry\n", "registry.open(1);"],
  },
  "lock-file": {
    breaks: [
      ["package-lock.json", '{ "packages": { "a": { "resolved": "https://a.example/b.tgz" } } }'],
      ["package-lock.json", '{ "packages": { "a": { "optionalDependencies": { "b": "1" } } } }'],
    ],
    keeps: [
      ["package-lock.json", '{ "packages": { "a": { "resolved": "packages/socket" } } }'],
      [
        "package-lock.json",
        '{ "packages": { "a": { "optionalDependencies": { "b": "1" } }, "node_modules/b": {} } }',
      ],
    ],
  },
};

describe("tidy: every rule fails on a bad sample and passes a good one", () => {
  for (const [rule, { breaks, keeps }] of Object.entries(SAMPLES)) {
    for (const sample of breaks) {
      const [path, text] = typeof sample === "string" ? [SOCKET, sample] : sample;
      it(`${rule} refuses ${path}: ${text.slice(0, 50).split("\n").join(" ")}`, () => {
        expect(broken(text, path)).to.include(rule);
      });
    }
    for (const sample of keeps) {
      const [path, text] = typeof sample === "string" ? [SOCKET, sample] : sample;
      it(`${rule} accepts ${path}: ${text.slice(0, 50).split("\n").join(" ")}`, () => {
        expect(broken(text, path)).to.not.include(rule).and.not.include("allowances");
      });
    }
  }

  it("header refuses a file without one, and accepts a hash-bang before it", () => {
    const rules = (text) => checkFile(source(SOCKET, text)).map(({ rule }) => rule);
    expect(rules("x();\n")).to.include("header");
    expect(rules("/** Short. */\nx();\n")).to.include("header");
    expect(rules(`x();\n${HEADER}`)).to.include("header");
    expect(rules(`#!/usr/bin/env node\n${HEADER}x();\n`)).to.not.include("header");
  });

  it("has a sample for each rule", () => {
    const shown = [...Object.keys(SAMPLES), "header"].sort();
    expect(shown).to.deep.equal(Object.keys(FILE_RULES).sort());
  });
});
