/** How the stand-in for kqueue(2) is built into a variant of the binary; see docs/backends.md. */
const folder = "test/kqueue";
const files = ["calls", "queue", "descriptors", "others", "signals"];

/** What of the signal machinery of Linux the stand-in borrows. */
const hub = ["convergence", "errand", "handler", "hub", "reader", "record", "threads"];

/** Sources of the stand-in, relative to the native folder. */
export const standinSources = [
  ...files.map((name) => `${folder}/standin_${name}.cc`),
  ...hub.map((name) => `src/signal_${name}_linux.cc`),
];

/** Calls of the binary that the stand-in has to see. */
export const standinLinking = ["-Wl,--wrap=close", "-Wl,--wrap=getsockopt"];

/** For `buildVariant`: variables of binding.gyp. */
export const standin = {
  variables: {
    kqueue: folder,
    kqueue_sources: standinSources.join(" "),
    kqueue_ldflags: standinLinking.join(" "),
  },
};
