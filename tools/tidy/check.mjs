/**
 * Runs every rule over a repository and takes out what is allowed in place.
 *
 * A finding is allowed by a comment on its line, or right above it, that names the rule and a
 * reason: `tidy-allow <rule>: <reason>`. One that allows nothing is itself a finding, so that they
 * only get fewer.
 */
import { arrows, manifestArrows, portable } from "./arrows.mjs";
import { bannedTypes, brands, bytePath, focusedTests, printing } from "./calls.mjs";
import { docstrings, header, packageDocuments } from "./documents.mjs";
import { leftovers, lockFile, machinePaths, registryHosts } from "./leaks.mjs";
import { fileLength, functionLength, LONGER_FILES, lineLength } from "./lengths.mjs";
import { unusedFiles } from "./unused.mjs";

/** The rules that look at one file at a time, by name. */
export const FILE_RULES = {
  arrows,
  portable,
  "file-length": (file) => fileLength(file),
  "line-length": lineLength,
  "function-length": functionLength,
  types: bannedTypes,
  brands,
  printing,
  "byte-path": bytePath,
  "focused-tests": focusedTests,
  header,
  docstrings,
  leftovers,
  "machine-paths": machinePaths,
  "registry-hosts": registryHosts,
  "lock-file": lockFile,
};

/** The package.json of each package, by its folder under packages/. */
export function manifestsOf(repository) {
  const found = {};
  for (const { path, text } of repository.files) {
    const part = /^packages\/([^/]+)\/package\.json$/.exec(path)?.[1];
    if (part !== undefined) found[part] = JSON.parse(text);
  }
  return found;
}

/** Every finding in a repository, as `{ path, line, rule, message }`. */
export function check(repository) {
  const manifests = manifestsOf(repository);
  const found = repository.files.flatMap((file) => checkFile(file, manifests));
  const named = (rule, findings) => findings.map((finding) => ({ ...finding, rule }));
  found.push(...named("arrows", manifestArrows(manifests)));
  found.push(...named("documents", packageDocuments(repository, Object.keys(manifests))));
  found.push(...named("unused", unusedFiles(repository)));
  const paths = new Set(repository.files.map(({ path }) => path));
  for (const path of Object.keys(LONGER_FILES)) {
    if (!paths.has(path)) {
      found.push({
        path,
        line: 1,
        rule: "file-length",
        message: "is in LONGER_FILES, but is gone",
      });
    }
  }
  return found;
}

/** The findings in one file. */
export function checkFile(file, manifests = {}) {
  const allowances = allowancesOf(file);
  const found = [];
  for (const [rule, look] of Object.entries(FILE_RULES)) {
    for (const finding of look(file, manifests)) {
      const allowance = allowances.find(
        (one) => one.rule === rule && (one.line === finding.line || one.next === finding.line),
      );
      if (allowance === undefined) found.push({ path: file.path, rule, ...finding });
      else allowance.used = true;
    }
  }
  for (const { rule, line, used, reason } of allowances) {
    const message = problemOf(rule, reason, used);
    if (message !== null) found.push({ path: file.path, rule: "allowances", line, message });
  }
  return found;
}

function problemOf(rule, reason, used) {
  if (FILE_RULES[rule] === undefined) return `there is no rule "${rule}"`;
  if (reason.length < 12) return `tidy-allow ${rule} needs a reason`;
  return used ? null : `tidy-allow ${rule} allows nothing here`;
}

function allowancesOf(file) {
  return file.comments.flatMap(({ text, line, endLine }) => {
    const match = /^\/[/*]+\s*tidy-allow ([\w-]+):?([\s\S]*)$/.exec(text);
    if (match === null) return [];
    // The comment may go on over several lines of `//`; it counts for the first line of code below.
    let next = endLine + 1;
    while (/^\s*\/\//.test(file.lines[next - 1] ?? "")) next++;
    return [{ rule: match[1], reason: match[2].trim(), line, next, used: false }];
  });
}
