/**
 * Words that the code does without, each with what to write instead.
 */
import { lineAt } from "./lexer.mjs";

/** Classes that every runtime has once; of all others two copies may be loaded in one program. */
const GLOBAL_CLASSES = new Set([
  ..."Array ArrayBuffer SharedArrayBuffer DataView Date Error TypeError RangeError Map Set".split(
    " ",
  ),
  ..."Object Function Promise RegExp Uint8Array Int32Array Uint32Array Float64Array".split(" "),
  ..."AbortSignal DOMException BigInt64Array BigUint64Array AggregateError".split(" "),
]);

/** Packages on the way of every byte: no async function and no generator there, see `bytePath`. */
const BYTE_PACKAGES = ["handle", "socket", "notifier", "notifier-native", "notifier-memory"];

/** Files of those packages through which no byte passes, each with the reason. */
const SET_UP_ONLY = {
  "packages/socket/src/bind.ts": "once a socket",
  "packages/socket/src/connect.ts": "once a connection, and a name may have to be looked up",
  "packages/socket/src/listen.ts": "once a listener",
  "packages/socket/src/target.ts": "looks names up",
};

function everywhere(file, pattern, message) {
  return [...file.code.matchAll(pattern)].map((match) => ({
    line: lineAt(file.code, match.index + (match[0].length - match[0].trimStart().length)),
    message: typeof message === "string" ? message : message(match),
  }));
}

/**
 * Rule: no enum, no any. Biome and the compiler say so too; this holds for generated comments'
 * code.
 */
export function bannedTypes(file) {
  if (!/\.[cm]?ts$/.test(file.path)) return [];
  return [
    ...everywhere(
      file,
      /^[ \t]*(export\s+)?(declare\s+)?(const\s+)?enum\s+\w/gm,
      "no enum: a const object",
    ),
    ...everywhere(
      file,
      /(:\s*|<\s*|\bas\s+|,\s*)any\b(?!\s*[:(])/g,
      "no any: unknown, and a check",
    ),
    ...everywhere(file, /^[ \t]*(export\s+)?namespace\s+\w/gm, "no namespace: a module"),
  ];
}

/** Rule: a notifier, a handle and the rest are known by brand or by shape, never by their class. */
export function brands(file) {
  if (file.language !== "ts" || file.area !== "src") return [];
  return everywhere(file, /\binstanceof\s+([\w.]+)/g, (match) => match[1]).flatMap(
    ({ line, message }) =>
      GLOBAL_CLASSES.has(message)
        ? []
        : [
            {
              line,
              message: `instanceof ${message} fails between two installed copies: use a brand`,
            },
          ],
  );
}

/** Rule: a library prints nothing; the command line is a program and does. */
export function printing(file) {
  if (file.language !== "ts" || file.area !== "src") return [];
  if (/^packages\/pike-io\/src\/cli\b/.test(file.path)) return [];
  return everywhere(
    file,
    /\bconsole\s*\.\s*\w+/g,
    (match) => `${match[0]}: a library prints nothing`,
  );
}

/**
 * Rule: no async function and no generator where bytes pass; a plain function that returns a
 * promise.
 */
export function bytePath(file) {
  if (
    file.language !== "ts" ||
    file.area !== "src" ||
    !BYTE_PACKAGES.includes(file.part) ||
    file.path in SET_UP_ONLY
  )
    return [];
  const advice = "where bytes pass: a plain function that returns a promise";
  return [
    ...everywhere(
      file,
      /\basync\b(?=\s*(\(|function\b|\*|#?\[?\w+\s*[\].\w]*\s*(\(|=>|<)))/g,
      `async ${advice}`,
    ),
    ...everywhere(
      file,
      /\bfunction\s*\*|^[ \t]*(static\s+)?\*\s*[#[\w]/gm,
      `a generator ${advice}`,
    ),
  ];
}

/** Rule: no test is singled out, and none is left out without a reason. */
export function focusedTests(file) {
  if (file.language !== "ts") return [];
  const subject = /\b(it|describe|context|suite|test)\s*\.\s*/.source;
  return [
    ...everywhere(
      file,
      new RegExp(`${subject}only\\s*\\(`, "g"),
      "runs alone: the others would not run",
    ),
    ...everywhere(
      file,
      new RegExp(`${subject}skip\\s*\\(`, "g"),
      "is left out: delete it, or give a reason",
    ),
    ...everywhere(file, /\bx(it|describe)\s*\(/g, "is left out: delete it, or give a reason"),
    ...everywhere(file, /\bthis\s*\.\s*skip\s*\(/g, "skips: give the reason"),
  ];
}
