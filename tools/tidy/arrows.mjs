/**
 * Which package may import which. Nothing imports upwards; tests may, as they join the layers.
 *
 * This table is the only place that says so.
 */
import { builtinModules } from "node:module";
import { lineAt } from "./lexer.mjs";

/** For each folder under packages/, the folders that its src may import. */
export const ARROWS = {
  notifier: [],
  "notifier-memory": ["notifier"],
  "notifier-native": ["notifier"],
  handle: ["notifier"],
  socket: ["handle", "notifier"],
  signal: ["handle", "notifier"],
  event: ["handle", "notifier"],
  conformance: ["notifier", "handle", "socket", "signal", "event"],
  "pike-io": ["notifier", "notifier-native", "handle", "socket", "signal", "event"],
};

/**
 * The builtin modules that a portable package's src may import, each with its reason. A package
 * that is not listed may import any.
 */
export const PORTABLE_BUILTINS = {
  notifier: {},
  "notifier-memory": {},
  handle: {},
  socket: {
    "node:diagnostics_channel": "a peer's failure is published there; no system behind it",
  },
  signal: {},
  event: {},
  conformance: { "node:assert/strict": "assertions without a test library; every runtime has it" },
};

/** What nothing portable may ask, in code: they tell one system from another. */
const SYSTEM_QUESTIONS =
  /\bprocess\s*\.\s*(platform|arch|binding|dlopen|getuid|geteuid|kill|on|versions)\b/g;

/** Imports of one source file: name and line. */
export function importsOf(file) {
  const found = [];
  const pattern =
    /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\bimport\.meta\.resolve\s*\(\s*)(["'])/g;
  for (const match of file.code.matchAll(pattern)) {
    const start = match.index + match[0].length;
    const end = file.code.indexOf(match[1], start);
    if (end > start)
      found.push({ name: file.text.slice(start, end), line: lineAt(file.text, start) });
  }
  return found;
}

/** Rule: the src of a package imports only what its arrows and its package.json allow. */
export function arrows(file, manifests) {
  if (file.language !== "ts" || file.part === null || file.area === null) return [];
  return importsOf(file).flatMap(({ name, line }) => {
    const message = name.startsWith(".") ? leaves(file, name) : refuses(file, name, manifests);
    return message === null ? [] : [{ line, message }];
  });
}

function leaves(file, name) {
  const inside = file.path.split("/").slice(2, -1);
  const steps = name.split("/").filter((step) => step === "..").length;
  if (steps >= inside.length && file.area === "src")
    return `"${name}" leaves the src of ${file.part}`;
  return steps > inside.length ? `"${name}" leaves the package ${file.part}` : null;
}

function refuses(file, name, manifests) {
  if (name.startsWith("node:")) return null;
  if (builtinModules.includes(name)) return `write "node:${name}"`;
  const wanted = name
    .split("/")
    .slice(0, name.startsWith("@") ? 2 : 1)
    .join("/");
  if (wanted === manifests[file.part]?.name) return null;
  if (file.area !== "src") return null;
  const folder = Object.keys(manifests).find((key) => manifests[key].name === wanted);
  if (folder !== undefined && !(ARROWS[file.part] ?? []).includes(folder)) {
    return `${file.part} may not import ${folder}: see tools/tidy/arrows.mjs`;
  }
  if (manifests[file.part]?.dependencies?.[wanted] === undefined) {
    return `"${wanted}" is not among the dependencies in package.json`;
  }
  return null;
}

/** Rule: a manifest depends on no package of this repository that its arrows don't allow. */
export function manifestArrows(manifests) {
  return Object.entries(manifests).flatMap(([part, manifest]) => {
    const path = `packages/${part}/package.json`;
    if (ARROWS[part] === undefined) {
      return [{ path, line: 1, message: `${part} has no row in tools/tidy/arrows.mjs` }];
    }
    return Object.keys(manifest.dependencies ?? {}).flatMap((name) => {
      const folder = Object.keys(manifests).find((key) => manifests[key].name === name);
      if (folder === undefined || ARROWS[part].includes(folder)) return [];
      return [{ path, line: 1, message: `${part} may not depend on ${folder}` }];
    });
  });
}

/** Rule: a portable package knows no operating system. */
export function portable(file) {
  const allowed = PORTABLE_BUILTINS[file.part];
  if (file.language !== "ts" || file.area !== "src" || allowed === undefined) return [];
  const imports = importsOf(file)
    .filter(({ name }) => name.startsWith("node:") && allowed[name] === undefined)
    .map(({ name, line }) => ({
      line,
      message: `${file.part} is portable and may not use ${name}`,
    }));
  const questions = [...file.code.matchAll(SYSTEM_QUESTIONS)].map((match) => ({
    line: lineAt(file.code, match.index),
    message: `${file.part} is portable and may not ask ${match[0]}`,
  }));
  return [...imports, ...questions];
}
