/**
 * The files that the rules look at: everything a person wrote, nothing that a tool made.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { separate } from "./lexer.mjs";

const IGNORED_FOLDERS = new Set([
  "node_modules",
  "dist",
  "dist-test",
  "build",
  "build-asan",
  "build-tsan",
  "prebuilds",
  "coverage",
  ".cache",
  ".git",
]);
const IGNORED_FILES = /\.(tsbuildinfo|log|png|node)$/;

/** Reads the repository under `root`. */
export function readRepository(root) {
  return { root, files: pathsUnder(root, root).map((path) => readSource(root, path)) };
}

function pathsUnder(root, folder) {
  const found = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!IGNORED_FOLDERS.has(entry.name)) found.push(...pathsUnder(root, path));
    } else if (entry.isFile() && !IGNORED_FILES.test(entry.name)) {
      found.push(relative(root, path).replaceAll("\\", "/"));
    }
  }
  return found.sort();
}

function readSource(root, path) {
  return source(path, readFileSync(join(root, path), "utf8"));
}

/**
 * One file as the rules see it: `language` is "ts" (JavaScript too), "cpp" or null for other text,
 * `part` the package's folder name or null, `area` "src", "test" or "native" inside a package.
 */
export function source(path, text) {
  const language = languageOf(path);
  const { code, comments } =
    language === null ? { code: text, comments: [] } : separate(text, language);
  const [, part = null, area = null] =
    /^packages\/([^/]+)(?:\/(src|test|native)\/)?/.exec(path) ?? [];
  return { path, text, code, comments, language, part, area, lines: text.split("\n") };
}

function languageOf(path) {
  if (/\.[cm]?[jt]s$/.test(path)) return "ts";
  if (/\.(cc|c|h|hh|hpp)$/.test(path)) return "cpp";
  return null;
}
