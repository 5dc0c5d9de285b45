/** The lexer must never take a string for code, or code for a comment: every rule stands on it. */
import { expect } from "chai";
import { separate } from "../lexer.mjs";

const codeOf = (text, language = "ts") => separate(text, language).code;

describe("tidy: telling code from comments and strings", () => {
  it("keeps the length and the lines", () => {
    const text = "/* a\n b */ const x = `one\n${two}\n`; // three\n";
    const { code } = separate(text, "ts");
    expect(code).to.have.length(text.length);
    expect(code.split("\n")).to.have.length(text.split("\n").length);
  });

  it("blanks the insides of strings, also with escapes and the other quote", () => {
    expect(codeOf(`f("any \\" any", 'it"s any')`)).to.not.match(/any/);
    expect(codeOf(`f("any", after)`)).to.match(/after/);
  });

  it("goes on with code inside a template's holes, nested ones too", () => {
    const code = codeOf("x = `enum ${call({ a: `enum ${inner}` })} enum`; last");
    expect(code).to.match(/call/).and.match(/inner/).and.match(/last/);
    expect(code).to.not.match(/enum/);
  });

  it("tells a regular expression from a division", () => {
    expect(codeOf('const a = /[/"]enum/g.test(b); after')).to.match(/after/).and.not.match(/enum/);
    expect(codeOf("const a = b / c; // enum\nconst d = e / f;")).to.match(/d = e/);
    expect(codeOf("return /enum'/; after")).to.match(/after/).and.not.match(/enum/);
  });

  it("knows C++'s digit separators and raw strings", () => {
    const code = codeOf(`int a = 1'000'000; auto b = R"(" enum )"; int c = 'x';`, "cpp");
    expect(code).to.match(/int c/).and.not.match(/enum/);
  });

  it("says on which lines a comment stands", () => {
    const [first, second] = separate("a\n/* b\nc */\nd // e\n", "ts").comments;
    expect([first.line, first.endLine]).to.deep.equal([2, 3]);
    expect([second.line, second.endLine]).to.deep.equal([4, 4]);
  });

  it("leaves text that ends in the middle of a string or comment without hanging", () => {
    for (const text of ["/* a", "`a", "`a${b", '"a', "/a", "'", "a\\"]) {
      expect(codeOf(text)).to.have.length(text.length);
    }
  });
});
