/**
 * What has no place in a repository: leftovers of work, paths of one machine, hosts of one network.
 *
 * The words are put together here from parts, so that this file doesn't find itself.
 */

const LEFTOVERS = new RegExp(
  `\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`,
);

const MACHINE_PATHS = new RegExp(
  [
    `(?<![\\w.$)\\]}*-])/(wo${"rk"}|ro${"ot"})/`,
    `(?<![\\w.])/(ho${"me"}|Us${"ers"})/[\\w.-]+/`,
    `\\b[A-Z]:\\\\Us${"ers"}\\\\`,
  ].join("|"),
);

const REGISTRIES = new RegExp(
  [
    `\\bregistry${"\\."}[\\w-]+\\.`,
    `\\bnpmjs${"\\."}(org|com)\\b`,
    `\\byarnpkg${"\\."}com\\b`,
    `\\bdeb\\.deb${"ian"}\\.`,
    `https?://[\\w.:-]*(artifactory|nexus|verdaccio|registry)[\\w.:-]*`,
  ].join("|"),
);

function lines(file, pattern, message) {
  return file.lines.flatMap((text, index) => {
    const match = pattern.exec(text);
    return match === null ? [] : [{ line: index + 1, message: message(match[0]) }];
  });
}

/** Rule: no note to oneself stays behind. */
export function leftovers(file) {
  if (file.path === "package-lock.json") return [];
  return lines(file, LEFTOVERS, (found) => `${found}: do it, or file it`);
}

/** Rule: no path that exists on one machine only. */
export function machinePaths(file) {
  if (file.path === "package-lock.json") return [];
  return lines(file, MACHINE_PATHS, (found) => `"${found}" is a path of one machine`);
}

/** Rule: no host of a package registry; who installs says which one. */
export function registryHosts(file) {
  return lines(file, REGISTRIES, (found) => `"${found}" names a package registry`);
}

/**
 * Rule: the lock file names no place to download from, and has every optional package that another
 * names: npm writes it without those that this machine's registry lacks, and then refuses to
 * install from it.
 */
export function lockFile(file) {
  if (!/(^|\/)package-lock\.json$/.test(file.path)) return [];
  const places = lines(
    file,
    /"resolved":\s*"(?:\w+:)?\/\/[^"]*/,
    () => "says where to download from",
  );
  return [...places, ...missingOptional(JSON.parse(file.text).packages ?? {})];
}

function missingOptional(packages) {
  const known = new Set(Object.keys(packages).map((path) => path.split("node_modules/").at(-1)));
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !known.has(name))
      .map((name) => ({ line: 1, message: `${path} names ${name}, which has no entry` })),
  );
}
