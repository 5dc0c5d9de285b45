/**
 * What a reader finds: a header on each source file, a docstring on each exported name, and a
 * README and a CHANGELOG in each package.
 */
import { lineAt } from "./lexer.mjs";

const MODIFIERS = /(?:default\s+)?(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?/.source;
const KEYWORDS = /(?:function\s*\*?|class|interface|type|const|let)/.source;
const DECLARATION = new RegExp(`^export\\s+${MODIFIERS}${KEYWORDS}\\s+(\\w+)`, "gm");

/** Rule: a source file opens with a comment that says what it is; a test says so by its titles. */
export function header(file) {
  if (file.language === null || file.path.includes("/test/")) return [];
  const start = file.text.startsWith("#!") ? file.text.indexOf("\n") + 1 : 0;
  const first = file.comments[0];
  const said = first?.text.replace(/[/*\s]/g, "").length ?? 0;
  const opens = first !== undefined && file.text.slice(start, first.end).trim() === first.text;
  if (opens && said >= 20) return [];
  return [{ line: 1, message: "must open with a comment: what it is, why it exists" }];
}

/** Rule: each exported name of a package or a tool has a docstring. */
export function docstrings(file) {
  const isTool = file.path.startsWith("tools/") && !file.path.includes("/test/");
  if (file.language !== "ts" || (file.area !== "src" && !isTool)) return [];
  const seen = new Set();
  const found = [];
  for (const match of file.code.matchAll(DECLARATION)) {
    const name = match[1];
    // Further overloads of a documented function need no words of their own.
    if (!seen.has(name) && !documented(file, match.index)) {
      found.push({
        line: lineAt(file.text, match.index),
        message: `${name} is exported without a docstring`,
      });
    }
    seen.add(name);
  }
  return found;
}

function documented(file, index) {
  const line = lineAt(file.text, index);
  return file.comments.some(({ text, endLine }) => text.startsWith("/**") && endLine === line - 1);
}

/** Rule: a package has a README with an example in TypeScript, and a CHANGELOG. */
export function packageDocuments(repository, parts) {
  const byPath = new Map(repository.files.map((file) => [file.path, file]));
  return parts.flatMap((part) => {
    const found = [];
    const readme = byPath.get(`packages/${part}/README.md`);
    if (readme === undefined) {
      found.push({ path: `packages/${part}/README.md`, line: 1, message: "is missing" });
    } else if (!/^```ts$/m.test(readme.text)) {
      found.push({
        path: readme.path,
        line: 1,
        message: "has no example: a block that opens with ```ts",
      });
    }
    if (!byPath.has(`packages/${part}/CHANGELOG.md`)) {
      found.push({ path: `packages/${part}/CHANGELOG.md`, line: 1, message: "is missing" });
    }
    return found;
  });
}
