/**
 * Tells code from comments and strings in TypeScript, JavaScript and C++, so that a rule never
 * trips over a word in a sentence.
 *
 * Not a parser: it knows where comments, strings, templates and regular expressions begin and end,
 * which is all that the rules need.
 */

/**
 * Gives the text with every comment and every string's inside replaced by spaces (the length and
 * the line breaks stay), and the comments with the lines they stand on.
 */
export function separate(text, language) {
  const scanner = new Scanner(text, language === "cpp");
  scanner.scan();
  return { code: scanner.output.join(""), comments: scanner.comments };
}

/** The line, from 1, of a place in a text. */
export function lineAt(text, index) {
  let line = 1;
  for (let i = text.indexOf("\n"); i >= 0 && i < index; i = text.indexOf("\n", i + 1)) line++;
  return line;
}

const WORDS_BEFORE_REGEX =
  /\b(return|typeof|case|in|of|delete|void|throw|new|do|else|await|yield)$/;

class Scanner {
  comments = [];
  output = [];
  #at = 0;
  #text;
  #isCpp;
  /** For each open `${`, how many braces are open inside it. */
  #templates = [];

  constructor(text, isCpp) {
    this.#text = text;
    this.#isCpp = isCpp;
  }

  scan() {
    while (this.#at < this.#text.length) this.#step();
  }

  #step() {
    const text = this.#text;
    const two = text.slice(this.#at, this.#at + 2);
    const one = text[this.#at];
    if (two === "//") return this.#comment(endOfLine(text, this.#at));
    if (two === "/*") return this.#comment(after(text, "*/", this.#at + 2));
    if (this.#isCpp && this.#rawString()) return;
    if (one === '"' || (one === "'" && !this.#isDigitSeparator())) return this.#string(one);
    if (this.#isCpp) return this.#copy(1);
    if (one === "`") return this.#template();
    if (one === "/" && this.#startsRegex()) return this.#regex();
    if (this.#templates.length > 0 && this.#closesTemplateHole(one)) return this.#template();
    this.#copy(1);
  }

  #copy(count) {
    this.output.push(this.#text.slice(this.#at, this.#at + count));
    this.#at += count;
  }

  /** Replaces everything up to `end` by spaces. */
  #blank(end) {
    this.output.push(this.#text.slice(this.#at, end).replace(/[^\n]/g, " "));
    this.#at = end;
  }

  #comment(end) {
    const start = this.#at;
    this.comments.push({
      text: this.#text.slice(start, end),
      line: lineAt(this.#text, start),
      endLine: lineAt(this.#text, end),
      end,
    });
    this.#blank(end);
  }

  /** In C++, 1'000'000. */
  #isDigitSeparator() {
    return this.#isCpp && /[0-9a-fA-F]/.test(this.#text[this.#at - 1] ?? "");
  }

  #rawString() {
    const opening = /^(?:u8|[uUL])?R"([^ ()\\\n]{0,16})\(/.exec(
      this.#text.slice(this.#at, this.#at + 24),
    );
    if (opening === null || /\w/.test(this.#text[this.#at - 1] ?? "")) return false;
    this.#blank(after(this.#text, `)${opening[1]}"`, this.#at));
    return true;
  }

  #string(quote) {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== quote && this.#text[end] !== "\n") {
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    this.#copy(1);
    this.#blank(Math.min(end, this.#text.length));
    if (this.#text[this.#at] === quote) this.#copy(1);
  }

  /** From a backtick, or from the brace that closes a hole, to the next hole or the end. */
  #template() {
    this.#copy(1);
    let end = this.#at;
    while (end < this.#text.length && this.#text[end] !== "`") {
      if (this.#text.startsWith("${", end)) {
        this.#blank(end);
        this.#copy(2);
        this.#templates.push(0);
        return;
      }
      end += this.#text[end] === "\\" ? 2 : 1;
    }
    this.#blank(Math.min(end, this.#text.length));
    this.#copy(1);
  }

  #closesTemplateHole(one) {
    const last = this.#templates.length - 1;
    if (one === "{") this.#templates[last]++;
    if (one !== "}") return false;
    if (this.#templates[last] > 0) {
      this.#templates[last]--;
      return false;
    }
    this.#templates.pop();
    return true;
  }

  #startsRegex() {
    const before = this.output.slice(-200).join("").trimEnd();
    if (before === "") return true;
    return /[(,=:[!&|?{};+\-*%<>~^]$/.test(before) || WORDS_BEFORE_REGEX.test(before);
  }

  #regex() {
    let inClass = false;
    let end = this.#at + 1;
    for (; end < this.#text.length && this.#text[end] !== "\n"; end++) {
      const one = this.#text[end];
      if (one === "\\") end++;
      else if (one === "[") inClass = true;
      else if (one === "]") inClass = false;
      else if (one === "/" && !inClass) break;
    }
    this.#copy(1);
    this.#blank(end);
    this.#copy(1);
  }
}

function endOfLine(text, from) {
  const end = text.indexOf("\n", from);
  return end < 0 ? text.length : end;
}

function after(text, mark, from) {
  const end = text.indexOf(mark, from);
  return end < 0 ? text.length : end + mark.length;
}
