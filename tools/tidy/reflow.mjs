/**
 * `node tools/tidy --reflow file…`: breaks comments that are wider than the limit, paragraph by
 * paragraph.
 *
 * Biome formats code and leaves comments alone; this does the rest. Only paragraphs with a line
 * that is too wide are touched; lists keep their lines.
 */
import { COLUMNS } from "./lengths.mjs";

/** The text with its over-wide doc comments and line comments broken anew. */
export function reflow(text) {
  const blocks = text.replace(
    /^([ \t]*)\/\*\*?([^*][\s\S]*?)\*\/[ \t]*$/gm,
    (whole, indent, body) =>
      isWide(whole) ? reflowBlock(indent, body, whole.trimStart().startsWith("/**")) : whole,
  );
  return blocks.replace(/(^[ \t]*\/\/ .*\n)+/gm, (whole) =>
    isWide(whole) ? reflowLines(whole) : whole,
  );
}

function isWide(text) {
  return text.split("\n").some((line) => [...line].length > COLUMNS);
}

function reflowBlock(indent, body, isDoc) {
  const lines = body.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd());
  lines[0] = lines[0].trimStart();
  const out = paragraphsOf(lines).flatMap((paragraph) => [
    ...(paragraph.gap ? [`${indent} *`] : []),
    ...wrapped(paragraph, `${indent} * `),
  ]);
  return [`${indent}/*${isDoc ? "*" : ""}`, ...out, `${indent} */`].join("\n");
}

function reflowLines(whole) {
  const indent = /^[ \t]*/.exec(whole)[0];
  const lines = whole
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/^[ \t]*\/\/ ?/, ""));
  const out = paragraphsOf(lines).flatMap((paragraph) => wrapped(paragraph, `${indent}// `));
  return `${out.join("\n")}\n`;
}

/**
 * Groups lines: a blank line, or one that opens a list item, a tag or a table row, begins a new
 * group.
 */
function paragraphsOf(lines) {
  const groups = [];
  let gap = false;
  for (const line of lines) {
    const last = groups.at(-1);
    if (line.trim() === "") {
      gap = groups.length > 0;
    } else if (last === undefined || gap || /^\s*([-*|@]|\d+\.|```)/.test(line)) {
      groups.push({ gap, hang: /^\s*([-*]|\d+\.)\s+/.exec(line)?.[0].length ?? 0, lines: [line] });
      gap = false;
    } else {
      last.lines.push(line);
    }
  }
  return groups;
}

function wrapped({ lines, hang }, prefix) {
  if (lines.every((line) => [...(prefix + line)].length <= COLUMNS)) {
    return lines.map((line) => prefix + line);
  }
  const lead = /^\s*/.exec(lines[0])[0];
  const out = [];
  let line = prefix + lead;
  let isEmpty = true;
  for (const word of lines
    .join(" ")
    .split(/\s+/)
    .filter((one) => one !== "")) {
    if (!isEmpty && [...line].length + 1 + [...word].length > COLUMNS) {
      out.push(line);
      line = prefix + " ".repeat(hang) + word;
    } else {
      line += isEmpty ? word : ` ${word}`;
    }
    isEmpty = false;
  }
  return [...out, line];
}
