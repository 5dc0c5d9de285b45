import { buildVariant, variantPath } from "./stages/native.mjs";
const folder = "test/kqueue";
const files = ["calls", "queue", "descriptors", "others", "signals"];
const hub = ["convergence", "errand", "handler", "hub", "reader", "record", "threads"];
await buildVariant({
  target: variantPath("kqueue"),
  variables: {
    kqueue: folder,
    kqueue_sources: [
      ...files.map((name) => `${folder}/standin_${name}.cc`),
      ...hub.map((name) => `src/signal_${name}_linux.cc`),
    ].join(" "),
    kqueue_ldflags: "-Wl,--wrap=close -Wl,--wrap=getsockopt",
  },
});
