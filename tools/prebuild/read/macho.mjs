/**
 * What a Mach-O file says of itself: the load commands of macOS's <mach-o/loader.h>.
 *
 * Only files of 64 bits for one processor; a universal file is two of them, and pike has none.
 */

const MACHINES = { 16777223: "x64", 16777228: "arm64" };

/** Load commands that are looked at. */
const LC_SYMTAB = 0x2;
const LC_LOAD_DYLIB = 0xc;
const LC_CODE_SIGNATURE = 0x1d;
const LC_VERSION_MIN_MACOSX = 0x24;
const LC_BUILD_VERSION = 0x32;

/** Of a symbol: kept for debuggers only, visible from outside, and not visible after all. */
const N_STAB = 0xe0;
const N_TYPE = 0x0e;
const N_EXT = 0x01;
const N_PEXT = 0x10;

/** True for a file that begins as Mach-O does. */
export function isMachO(bytes) {
  return bytes.length > 32 && bytes.readUInt32LE(0) === 0xfeedfacf;
}

/** `{ format, machine, libraries, macos, signed, exported }`; `macos` is the oldest, as "11.0". */
export function readMachO(bytes) {
  const machine = bytes.readUInt32LE(4);
  const found = {
    format: "Mach-O",
    machine: MACHINES[machine] ?? `machine ${machine}`,
    libraries: [],
    macos: "none",
    signed: false,
    exported: [],
  };
  let at = 32;
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    readCommand(bytes, at, found);
    at += bytes.readUInt32LE(at + 4);
  }
  found.libraries.sort();
  return found;
}

function readCommand(bytes, at, found) {
  const command = bytes.readUInt32LE(at);
  if (command === LC_LOAD_DYLIB) {
    found.libraries.push(text(bytes, at + bytes.readUInt32LE(at + 8)));
  } else if (command === LC_BUILD_VERSION) found.macos = version(bytes.readUInt32LE(at + 12));
  else if (command === LC_VERSION_MIN_MACOSX) found.macos = version(bytes.readUInt32LE(at + 8));
  else if (command === LC_CODE_SIGNATURE) found.signed = true;
  else if (command === LC_SYMTAB) found.exported = exportedOf(bytes, at);
}

/** Two bytes of major version, then one of minor. */
function version(word) {
  return `${word >> 16}.${(word >> 8) & 0xff}`;
}

function exportedOf(bytes, at) {
  const table = bytes.readUInt32LE(at + 8);
  const strings = bytes.readUInt32LE(at + 16);
  const names = [];
  for (let index = bytes.readUInt32LE(at + 12) - 1; index >= 0; index--) {
    const entry = table + index * 16;
    const type = bytes[entry + 4];
    const isDefined = (type & N_STAB) === 0 && (type & N_TYPE) !== 0;
    if (!isDefined || (type & (N_EXT | N_PEXT)) !== N_EXT) continue;
    // C's names have an underscore before them.
    names.push(text(bytes, strings + bytes.readUInt32LE(entry)).replace(/^_/, ""));
  }
  return names.sort();
}

function text(bytes, at) {
  return bytes.toString("latin1", at, bytes.indexOf(0, at));
}
