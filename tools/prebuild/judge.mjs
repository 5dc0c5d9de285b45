/**
 * Holds what a binary says of itself against what its target expects.
 */
import { isElf, readElf } from "./read/elf.mjs";
import { isMachO, readMachO } from "./read/macho.mjs";
import { isPe, readPe } from "./read/pe.mjs";
import { EXPORTS } from "./targets.mjs";

/** More than this is no binary of pike, but one with symbols, or with a library inside. */
const BYTES_MAX = 1_048_576;

/** What a binary says of itself, whatever system it is for. */
export function readBinary(bytes) {
  const size = bytes.length;
  if (isElf(bytes)) return { ...readElf(bytes), size };
  if (isMachO(bytes)) return { ...readMachO(bytes), size };
  if (isPe(bytes)) return { ...readPe(bytes), size };
  return { format: "unknown", machine: "unknown", libraries: [], exported: [], size };
}

/** What is wrong with a binary: sentences, none when it is as its target expects. */
export function judge(found, expect) {
  const wrong = [];
  const same = (what, is, wanted) => {
    if (is !== wanted) wrong.push(`${what} is ${is}, not ${wanted}`);
  };
  same("format", found.format, expect.format);
  same("machine", found.machine, expect.machine);
  if (found.size > BYTES_MAX) wrong.push(`${found.size} bytes are more than ${BYTES_MAX}`);
  for (const name of found.libraries) {
    if (!expect.libraries.includes(name)) wrong.push(`needs the library ${name}`);
  }
  for (const name of found.exported) {
    if (!EXPORTS.includes(name)) wrong.push(`gives away the symbol ${name}`);
  }
  for (const name of EXPORTS) {
    if (!found.exported.includes(name)) wrong.push(`lacks the symbol ${name}`);
  }
  if (expect.format === "ELF") wrong.push(...judgeElf(found, expect));
  if (expect.format === "Mach-O") {
    same("the oldest macOS", found.macos, expect.macos);
    if (expect.signed && !found.signed) wrong.push("has no signature, which macOS insists on here");
  }
  return wrong;
}

function judgeElf(found, { glibc }) {
  const wrong = [];
  if (found.stays !== true) wrong.push("may be unloaded while signals still go to it");
  const highest = highestGlibc(found);
  if (glibc === null && highest !== null) wrong.push(`needs glibc ${highest}, and is for musl`);
  if (glibc !== null && highest !== null && newer(highest, glibc)) {
    wrong.push(`needs glibc ${highest}, newer than ${glibc}`);
  }
  for (const name of (found.needed ?? []).filter((one) => one.startsWith("uv_"))) {
    wrong.push(`needs ${name}, which only Node has: it must be weak`);
  }
  return wrong;
}

/** The newest glibc that a symbol is from, as "2.17"; null without any. */
export function highestGlibc({ versions = [] }) {
  return versions.findLast((name) => name.startsWith("GLIBC_"))?.slice("GLIBC_".length) ?? null;
}

function newer(one, other) {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}
