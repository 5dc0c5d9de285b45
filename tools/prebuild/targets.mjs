/**
 * The systems that binaries are made for, what each binary has to be, and where it has been run.
 *
 * The table in packages/notifier-native/README.md says the same; a test compares the two.
 */

/** glibc's version of 2012, older than that of any system that has a Node of today. */
const GLIBC = "2.17";

/** The oldest macOS that Node 22 starts on. */
const MACOS = "11.0";

const LINUX_LIBRARIES = ["libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0"];
const MUSL_LIBRARIES = ["libc.so"];
const MACOS_LIBRARIES = ["/usr/lib/libSystem.B.dylib"];
const WINDOWS_LIBRARIES = [
  "ADVAPI32.dll",
  "KERNEL32.dll",
  "MSWSOCK.dll",
  "WS2_32.dll",
  "msvcrt.dll",
  "ntdll.dll",
];

/**
 * What a binary is made from and for. `os` is gyp's name for the system, `triple` zig's for the
 * target; `file` lies under `prebuilds/<platform>-<arch>`, named as node-gyp-build expects. `run`
 * says where a binary is run before it is published, or null when it is only compiled.
 */
export const TARGETS = [
  {
    name: "linux-x64-glibc",
    folder: "linux-x64",
    file: "pike.glibc.node",
    os: "linux",
    triple: `x86_64-linux-gnu.${GLIBC}`,
    expect: { format: "ELF", machine: "x64", glibc: GLIBC, libraries: LINUX_LIBRARIES },
    run: "in Node, Bun and Deno",
  },
  {
    name: "linux-arm64-glibc",
    folder: "linux-arm64",
    file: "pike.glibc.node",
    os: "linux",
    triple: `aarch64-linux-gnu.${GLIBC}`,
    expect: { format: "ELF", machine: "arm64", glibc: GLIBC, libraries: LINUX_LIBRARIES },
    run: "in Node under qemu",
  },
  {
    name: "linux-x64-musl",
    folder: "linux-x64",
    file: "pike.musl.node",
    os: "linux",
    triple: "x86_64-linux-musl",
    expect: { format: "ELF", machine: "x64", glibc: null, libraries: MUSL_LIBRARIES },
    run: "in Bun's musl build",
  },
  {
    name: "linux-arm64-musl",
    folder: "linux-arm64",
    file: "pike.musl.node",
    os: "linux",
    triple: "aarch64-linux-musl",
    expect: { format: "ELF", machine: "arm64", glibc: null, libraries: MUSL_LIBRARIES },
    run: null,
  },
  {
    name: "darwin-x64",
    folder: "darwin-x64",
    file: "pike.node",
    os: "mac",
    triple: `x86_64-macos.${MACOS}`,
    expect: { format: "Mach-O", machine: "x64", macos: MACOS, libraries: MACOS_LIBRARIES },
    run: null,
  },
  {
    name: "darwin-arm64",
    folder: "darwin-arm64",
    file: "pike.node",
    os: "mac",
    triple: `aarch64-macos.${MACOS}`,
    expect: {
      format: "Mach-O",
      machine: "arm64",
      macos: MACOS,
      libraries: MACOS_LIBRARIES,
      signed: true,
    },
    run: null,
  },
  {
    name: "win32-x64",
    folder: "win32-x64",
    file: "pike.node",
    os: "win",
    triple: "x86_64-windows-gnu",
    expect: { format: "PE", machine: "x64", libraries: WINDOWS_LIBRARIES },
    run: "in Node under wine",
  },
  {
    name: "win32-arm64",
    folder: "win32-arm64",
    file: "pike.node",
    os: "win",
    triple: "aarch64-windows-gnu",
    expect: { format: "PE", machine: "arm64", libraries: WINDOWS_LIBRARIES },
    run: null,
  },
];

/** The symbols that a binary gives away: those Node-API looks for, none of the C++ library. */
export const EXPORTS = ["napi_register_module_v1", "node_api_module_get_api_version_v1"];

/** True for the target of the system that this runs on. */
export function isHost({ folder, file }) {
  if (folder !== `${process.platform}-${process.arch}`) return false;
  return process.platform !== "linux" || file.includes(hostLibc());
}

function hostLibc() {
  return process.report.getReport().header.glibcVersionRuntime === undefined ? "musl" : "glibc";
}
