/**
 * A file fits the head: limits for files, lines and C++ functions.
 *
 * The length of TypeScript functions is Biome's to check (noExcessiveLinesPerFunction in
 * biome.json).
 */
import { lineAt } from "./lexer.mjs";

/** Lines that a file may have. */
export const FILE_LINES = { ts: 300, cpp: 350 };

/** Columns that a line may have. */
export const COLUMNS = 100;

/** Lines that a C++ function may have, its signature included. */
export const FUNCTION_LINES = 75;

/**
 * Files that may be longer: how long, and why. The number is what the file has, so that it can only
 * shrink. An entry that is no longer needed is itself a finding.
 */
export const LONGER_FILES = {};

/** Rule: file length. */
export function fileLength(file, longer = LONGER_FILES) {
  if (file.language === null) return [];
  const count = file.lines.length - (file.text.endsWith("\n") ? 1 : 0);
  const usual = FILE_LINES[file.language];
  const exception = longer[file.path];
  if (exception !== undefined && count <= usual) {
    return [
      { line: 1, message: `its entry in LONGER_FILES is no longer needed: it has ${count} lines` },
    ];
  }
  if (exception !== undefined && count < exception.lines - 10) {
    return [{ line: 1, message: `has shrunk to ${count} lines: lower its number in LONGER_FILES` }];
  }
  const limit = exception?.lines ?? usual;
  return count > limit
    ? [{ line: limit + 1, message: `has ${count} lines; at most ${limit}` }]
    : [];
}

/**
 * Rule: line length, except where a line is one string that cannot be broken, or holds an address.
 */
export function lineLength(file) {
  if (file.language === null && !/\.(gypi?|sh|json|yml)$|^\.ci\//.test(file.path)) return [];
  if (/package-lock\.json$|package\.json$/.test(file.path)) return [];
  const code = file.code.split("\n");
  return file.lines.flatMap((text, index) => {
    const columns = [...text].length;
    if (columns <= COLUMNS || /https?:\/\/\S+/.test(text)) return [];
    // What is left of a line that is one long string: its quotes, an operator, a bracket.
    const rest = (code[index] ?? "").replace(/\$\{[^}]*\}/g, "").replace(/\s+/g, "");
    if (/["'`]/.test(rest) && rest.length <= 24) return [];
    // In data, a string on a line of its own.
    if (file.language === null && /^\s*"[^"\\]*(\\.[^"\\]*)*",?$/.test(text)) return [];
    return [{ line: index + 1, message: `has ${columns} columns; at most ${COLUMNS}` }];
  });
}

const CONTAINER = /\b(namespace|class|struct|union|enum|extern)\b/;
const ENDS_AS_FUNCTION = /\)\s*(const|noexcept|override|final|mutable|&|->[^;]*|\s)*$/;

/**
 * Rule: the length of C++ functions. Every block counts that is no container and no initialiser.
 */
export function functionLength(file) {
  if (file.language !== "cpp") return [];
  const code = withoutDirectives(file.code);
  return blocks(code).flatMap(({ start, head, headStart, end }) => {
    const isContainer = head === "" || (CONTAINER.test(head) && !ENDS_AS_FUNCTION.test(head));
    if (isContainer || /[=(,]\s*$/.test(head)) return [];
    const first = lineAt(code, headStart);
    const count = lineAt(code, end) - first + 1;
    if (count <= FUNCTION_LINES) return [];
    const name = /(~?\w+)\s*\(/.exec(head)?.[1] ?? head.slice(0, 40);
    return [
      {
        line: lineAt(code, start),
        message: `${name} has ${count} lines; at most ${FUNCTION_LINES}`,
      },
    ];
  });
}

/** Preprocessor lines hold unbalanced braces now and then. */
function withoutDirectives(code) {
  return code.replace(/^[ \t]*#(?:[^\n\\]|\\[^\n]|\\\n)*/gm, (found) =>
    found.replace(/[^\n]/g, " "),
  );
}

/** Every block in braces, with the text that leads to it since the last statement. */
function blocks(code) {
  const found = [];
  const open = [];
  let statement = 0;
  for (let i = 0; i < code.length; i++) {
    const one = code[i];
    if (one === "{") {
      const lead = code.slice(statement, i);
      const headStart = statement + (lead.length - lead.trimStart().length);
      open.push({ start: i, head: lead.trim(), headStart });
      statement = i + 1;
    } else if (one === "}") {
      const block = open.pop();
      if (block !== undefined) found.push({ ...block, end: i });
      statement = i + 1;
    } else if (one === ";") {
      statement = i + 1;
    }
  }
  return found;
}
