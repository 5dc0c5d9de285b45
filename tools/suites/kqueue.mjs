/** How the stand-in for kqueue(2) is built into a variant of the binary; see docs/backends.md. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../stages/run.mjs";

const native = join(root, "packages/notifier-native/native");
const folder = "test/kqueue";

/** Sources of the stand-in's own, relative to the native folder. */
const own = readdirSync(join(native, folder))
  .filter((name) => name.endsWith(".cc"))
  .map((name) => `${folder}/${name}`);

/** What of the signal machinery of Linux the stand-in borrows: all but the queues. */
const hub = readdirSync(join(native, "src"))
  .filter((name) => /^signal_(?!queue)\w+_linux\.cc$/.test(name))
  .map((name) => `src/${name}`);

/** Calls of the binary that the stand-in has to see, as it declares them. */
const wrapped = own.flatMap((path) =>
  [...readFileSync(join(native, path), "utf8").matchAll(/ __wrap_(\w+)\(.*;$/gm)].map(
    ([, name]) => `-Wl,--wrap=${name}`,
  ),
);

/** For `buildVariant`: variables of binding.gyp. */
export const standin = {
  variables: {
    kqueue: folder,
    kqueue_sources: [...own, ...hub].join(" "),
    kqueue_ldflags: wrapped.join(" "),
  },
};
