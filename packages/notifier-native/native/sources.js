/**
 * The sources of the binary for one system, by their names: `x_linux.cc` is Linux's alone, and so
 * on; a name without such an ending is everybody's. binding.gyp and tools/prebuild both ask here.
 *
 * `node sources.js SYSTEM [KQUEUE]` prints them, SYSTEM being what gyp calls OS ("linux", "mac",
 * "win", "freebsd", …). On Linux KQUEUE is a folder that has a <sys/event.h> of somebody else's:
 * docs/backends.md. The system is then "linux-kqueue".
 */
const { readdirSync } = require("node:fs");
const { join } = require("node:path");

/** What a system compiles beyond that which has no ending: the endings that are its own. */
const endings = {
  linux: ["posix", "linux"],
  mac: ["posix", "bsd", "kqueue", "darwin"],
  bsd: ["posix", "bsd", "kqueue"],
  "linux-kqueue": ["posix", "linux", "kqueue"],
  win: ["windows"],
};

/** Where a mechanism that a name begins with is to be had. */
const mechanisms = {
  reactor: ["linux", "mac", "bsd", "linux-kqueue"],
  epoll: ["linux"],
  uring: ["linux"],
  kqueue: ["mac", "bsd", "linux-kqueue"],
  iocp: ["win"],
};

/** What a kqueue takes the place of on Linux: choice of backend, events, signals. */
const replaced = /^(chooser|events|signals|signal_.*)_linux$/;

/** Paths of the sources, relative to this directory. */
function sources(os) {
  const system = endings[os] === undefined ? "bsd" : os;
  const all = new Set(Object.values(endings).flat());
  return readdirSync(join(__dirname, "src"))
    .filter((name) => name.endsWith(".cc"))
    .filter((name) => {
      const stem = name.slice(0, -3);
      const mechanism = mechanisms[stem.split("_")[0]];
      if (mechanism !== undefined) return mechanism.includes(system);
      if (system === "linux-kqueue" && replaced.test(stem)) return false;
      const ending = stem.slice(stem.lastIndexOf("_") + 1);
      return !all.has(ending) || endings[system].includes(ending);
    })
    .map((name) => `src/${name}`);
}

module.exports = { sources };

if (require.main === module) {
  const [, , os = "linux", kqueue = ""] = process.argv;
  console.log(sources(os === "linux" && kqueue !== "" ? "linux-kqueue" : os).join(" "));
}
