/**
 * The sanitizers: how each is compiled in, loaded and told where to write, and what counts as its
 * report.
 *
 * Node itself is not instrumented, so the runtime has to be there before it starts. LD_PRELOAD
 * would put it into every child as well, and programs such as script(1) crash with it: a copy of
 * Node's binary that asks for the runtime is used instead.
 */
import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { delimiter, join } from "node:path";
import { root, SetupError } from "../stages/run.mjs";

const logs = join(root, ".cache/sanitizers");

/**
 * UBSan's runtime beside ASan's would hand its log's path to the other and write to standard error,
 * where a child's words are lost: so it is linked in, and bound to itself.
 */
const UNDEFINED = "-fsanitize=undefined -fno-sanitize-recover=all -static-libubsan -Wl,-Bsymbolic";

/** Frames in reports need symbols, and no compiler trick that hides a caller. */
const COMMON_FLAGS = "-g -O1 -fno-omit-frame-pointer -fno-optimize-sibling-calls";

/** By name: the flags to compile with, the runtime to load, the faults that it has to find. */
export const SANITIZERS = {
  address: {
    flags: `-fsanitize=address ${UNDEFINED} ${COMMON_FLAGS}`,
    library: "libasan.so",
    variant: "build-asan",
    faults: ["overflow", "leak", "undefined"],
  },
  thread: {
    flags: `-fsanitize=thread ${COMMON_FLAGS}`,
    library: "libtsan.so",
    variant: "build-tsan",
    faults: ["race"],
  },
};

/**
 * Makes the copy of Node's binary that loads the sanitizer's runtime first, and gives its path. It
 * is called "node" too, so that a program started by name gets the same one.
 */
export function instrumentedNode(name) {
  const folder = join(root, ".cache/sanitizers-bin", name);
  const path = join(folder, "node");
  if (existsSync(path) && statSync(path).mtimeMs > statSync(process.execPath).mtimeMs) return path;
  mkdirSync(folder, { recursive: true });
  copyFileSync(process.execPath, `${path}.new`);
  const library = libraryOf(SANITIZERS[name].library);
  const patched = spawnSync("patchelf", ["--add-needed", library, `${path}.new`], {
    encoding: "utf8",
  });
  if (patched.status !== 0) {
    throw new SetupError(`patchelf failed: ${patched.error?.message ?? patched.stderr}`);
  }
  renameSync(`${path}.new`, path);
  return path;
}

/**
 * The environment in which `sanitizer` watches. The exit code stays the program's own, as tests
 * look at it, so only the logs tell: see `reportsOf`.
 */
export function environmentOf(name, binary) {
  // The module in every frame: with a line number the default leaves it out, and `isOurs` looks for
  // it.
  const format = 'stack_trace_format="    #%n %p %F %L %M"';
  const log = `log_path=${logs}/${name}:log_exe_name=1:exitcode=0:${format}`;
  const suppressions = join(root, "tools/sanitizers/tsan.supp");
  // Tests compare the dispositions of signals before and after.
  const signals = "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_abort=0";
  return {
    PATH: `${join(root, ".cache/sanitizers-bin", name)}${delimiter}${process.env.PATH}`,
    PIKE_NATIVE_PATH: binary,
    PIKE_SANITIZER: name,
    ASAN_OPTIONS: `${log}:detect_leaks=1:halt_on_error=1`,
    UBSAN_OPTIONS: `${log}:print_stacktrace=1:halt_on_error=1`,
    TSAN_OPTIONS: `${log}:${signals}:suppressions=${suppressions}:halt_on_error=0`,
  };
}

function libraryOf(name) {
  const compiler = process.env.CXX ?? "g++";
  const asked = spawnSync(compiler, [`-print-file-name=${name}`], { encoding: "utf8" });
  const path = asked.stdout?.trim() ?? "";
  if (!path.startsWith("/") || !existsSync(path)) {
    throw new SetupError(`${compiler} has no ${name}: install g++ with its sanitizers`);
  }
  return path;
}

/** Removes the logs of an earlier run. */
export function clearReports(name) {
  mkdirSync(logs, { recursive: true });
  for (const file of readdirSync(logs)) {
    if (file.startsWith(`${name}.`)) rmSync(join(logs, file));
  }
}

/**
 * What the sanitizer reported since `clearReports`: texts of pike's faults, and a count of Node's
 * own.
 */
export function reportsOf(name) {
  const ours = [];
  let others = 0;
  for (const file of readdirSync(logs)) {
    if (!file.startsWith(`${name}.`)) continue;
    for (const text of reportsIn(readFileSync(join(logs, file), "utf8"))) {
      if (isOurs(text, file.startsWith(`${name}.node`))) ours.push(text);
      else others++;
    }
  }
  return { ours, others };
}

/** One log's reports: each race, each leak, each error. */
export function reportsIn(log) {
  return log
    .split(/^=+$|\n(?=(?:Direct|Indirect) leak of)/m)
    .map((text) => text.trim())
    .filter((text) =>
      /WARNING: ThreadSanitizer|leak of|ERROR: AddressS|runtime error|Sanitizer:D/.test(text),
    );
}

/**
 * Whether a report is to be put right here. Memory errors and undefined behaviour always are. Node
 * and V8 are not instrumented: a leak or a race counts when pike's binary is in its stacks.
 * ThreadSanitizer follows descriptors by number and doesn't see every call that makes one
 * (timerfd_create, signalfd), so that a number used again looks like a race with its former owner:
 * there all stacks have to be pike's.
 */
export function isOurs(text, isNode) {
  const isPike = text.includes("pike.node");
  if (/^WARNING: ThreadSanitizer/m.test(text)) {
    const accesses = text.split(/\n\s*\n/).filter((part) => /^\s*(WARNING|Previous)/.test(part));
    if (!/Location is file descriptor/.test(text)) return accesses.some(isAccessOfPike);
    return accesses.length > 1 && accesses.every((part) => part.includes("pike.node"));
  }
  if (/^(Direct|Indirect) leak of/.test(text)) return isPike && !isHeapOfV8(text);
  return isNode || isPike;
}

/**
 * Whether pike, or a library that it called, touched the memory. Node's own code touches its own
 * while pike's callback is further down the stack.
 */
function isAccessOfPike(access) {
  const end = access.indexOf("pike.node");
  return end >= 0 && !/[/(]node\+0x/.test(access.slice(0, end));
}

/** V8's heap allocates in whatever call makes it grow, and is not given back at exit. */
function isHeapOfV8(leak) {
  const untilPike = leak.slice(0, leak.indexOf("pike.node"));
  return untilPike.includes("v8::internal::");
}
