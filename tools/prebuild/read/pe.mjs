/**
 * What a Windows library says of itself: the PE format as Microsoft documents it.
 *
 * Only PE32+, the form for 64 bits.
 */

const MACHINES = { 34404: "x64", 43620: "arm64" };

/** Places in the table of directories. */
const EXPORTS = 0;
const IMPORTS = 1;
const DELAYED_IMPORTS = 13;

/** True for a file that begins as Windows programs do. */
export function isPe(bytes) {
  return bytes.length > 64 && bytes.toString("latin1", 0, 2) === "MZ";
}

/** `{ format, machine, libraries, delayed, exported }`; the delayed are found at the first call. */
export function readPe(bytes) {
  const { header, place, directory } = placesOf(bytes);
  const machine = bytes.readUInt16LE(header + 4);
  return {
    format: "PE",
    machine: MACHINES[machine] ?? `machine ${machine}`,
    libraries: namesOf(bytes, directory(IMPORTS), { size: 20, name: 12, place }),
    delayed: namesOf(bytes, directory(DELAYED_IMPORTS), { size: 32, name: 4, place }),
    exported: exportedOf(bytes, directory(EXPORTS), place),
  };
}

/** Takes every name but those of `keep` out of the table of exports, in place. */
export function keepExports(bytes, keep) {
  const { place, directory } = placesOf(bytes);
  const at = directory(EXPORTS);
  const names = place(bytes.readUInt32LE(at + 32));
  const ordinals = place(bytes.readUInt32LE(at + 36));
  const count = bytes.readUInt32LE(at + 24);
  let kept = 0;
  // The table is sorted by name, and stays so.
  for (let i = 0; i < count; i++) {
    const name = bytes.readUInt32LE(names + i * 4);
    if (!keep.includes(text(bytes, place(name)))) continue;
    bytes.writeUInt32LE(name, names + kept * 4);
    bytes.writeUInt16LE(bytes.readUInt16LE(ordinals + i * 2), ordinals + kept * 2);
    kept++;
  }
  bytes.writeUInt32LE(kept, at + 24);
}

/** Where the headers are, and where in the file an address of the loaded library is. */
function placesOf(bytes) {
  const header = bytes.readUInt32LE(0x3c);
  const optional = header + 24;
  const sections = sectionsOf(bytes, header);
  const place = (address) => {
    const found = sections.find(({ from, size }) => address >= from && address < from + size);
    return found === undefined ? -1 : address - found.from + found.offset;
  };
  const directory = (index) => place(bytes.readUInt32LE(optional + 112 + index * 8));
  return { header, place, directory };
}

function sectionsOf(bytes, header) {
  const table = header + 24 + bytes.readUInt16LE(header + 20);
  return Array.from({ length: bytes.readUInt16LE(header + 6) }, (_, index) => {
    const at = table + index * 40;
    return {
      from: bytes.readUInt32LE(at + 12),
      size: Math.max(bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 16)),
      offset: bytes.readUInt32LE(at + 20),
    };
  });
}

/** The names in a table of libraries, which an entry of zeros ends. */
function namesOf(bytes, table, { size, name, place }) {
  const found = [];
  if (table < 0) return found;
  for (let at = table; bytes.readUInt32LE(at + name) !== 0; at += size) {
    found.push(text(bytes, place(bytes.readUInt32LE(at + name))));
  }
  return found.sort();
}

function exportedOf(bytes, at, place) {
  if (at < 0) return [];
  const names = place(bytes.readUInt32LE(at + 32));
  return Array.from({ length: bytes.readUInt32LE(at + 24) }, (_, index) =>
    text(bytes, place(bytes.readUInt32LE(names + index * 4))),
  ).sort();
}

function text(bytes, at) {
  return bytes.toString("latin1", at, bytes.indexOf(0, at));
}
