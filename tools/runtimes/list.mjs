/**
 * The runtimes that one binary has to serve: exact versions, and where each one's program lies in
 * the package of its platform.
 */

const ARCHITECTURES = { x64: "x64", arm64: "arm64" };
const BUN_ARCHITECTURES = { x64: "x64", arm64: "aarch64" };

/** Names, versions, packages. `major` of Node is enough where the running one has it. */
export const RUNTIMES = [
  node("20.20.2"),
  node("22.23.3"),
  node("24.21.0"),
  node("26.10.0"),
  {
    name: "bun",
    version: "1.4.5",
    package: (platform, arch) => `@oven/bun-${platform}-${BUN_ARCHITECTURES[arch]}`,
    program: "package/bin/bun",
  },
  {
    name: "deno",
    version: "2.9.6",
    package: (platform, arch) =>
      `@deno/${platform}-${ARCHITECTURES[arch]}${platform === "linux" ? "-glibc" : ""}`,
    program: "package/deno",
    // Node's command line for it: tests start programs of their own.
    wrapper: "deno-as-node.sh",
  },
];

function node(version) {
  return {
    name: `node-${version.split(".")[0]}`,
    version,
    package: (platform, arch) => `node-${platform}-${ARCHITECTURES[arch]}`,
    program: "package/bin/node",
  };
}
