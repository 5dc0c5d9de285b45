/**
 * Files that nothing reaches: they look like part of the product and are none.
 */

/** Rule: each source is named by another one, by the package's manifest or by its build file. */
export function unusedFiles(repository) {
  const { files } = repository;
  return files.filter(isPart).flatMap((file) => {
    const name = file.path.split("/").at(-1).replace(/\.ts$/, ".js");
    // By name in a string: imports, worker's URLs, includes and lists of sources all look like
    // that.
    const mention = new RegExp(`["'/]${name.replaceAll(".", "\\.")}["']`);
    const isNamed = files.some(
      (other) =>
        other !== file && mayName(other, file) && (mention.test(other.text) || takesAll(other)),
    );
    return isNamed
      ? []
      : [{ path: file.path, line: 1, message: "nothing names it: no part of any build" }];
  });
}

/** Sources of packages; tests are found by their names, and entries by the manifest. */
function isPart({ path, part, area, language }) {
  if (language === null || part === null || /\/test\//.test(path)) return false;
  return area === "src" || area === "native";
}

/** A build file may ask its script for a folder's sources instead of naming each. */
function takesAll({ path, text }) {
  return path.endsWith(".gyp") && text.includes("node sources.js <(OS)");
}

function mayName(other, file) {
  if (other.part !== file.part) return false;
  if (file.language === "cpp" && file.path.endsWith("c")) return other.path.endsWith(".gyp");
  return other.area === file.area || other.path.endsWith("/package.json");
}
