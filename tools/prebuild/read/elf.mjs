/**
 * What an ELF file says of itself: elf(5), and the tables that the loader reads.
 *
 * Only files of 64 bits in little-endian order: there is no other Node. Nothing but Node is needed,
 * so that any machine can check what any other made.
 */

const MACHINES = { 62: "x64", 183: "arm64" };

/** Tags of the dynamic section that are looked at. */
const DT_NEEDED = 1n;
const DT_FLAGS_1 = 0x6ffffffbn;
const DF_1_NODELETE = 8n;

const SHT_DYNSYM = 11;
const SHT_DYNAMIC = 6;
const SHT_VERNEED = 0x6ffffffe;

/** True for a file that begins as ELF does. */
export function isElf(bytes) {
  return bytes.length > 64 && bytes.readUInt32BE(0) === 0x7f454c46;
}

/**
 * `{ format, machine, libraries, versions, exported, weak, needed, stays }`: names of libraries,
 * versions of symbols such as "GLIBC_2.17", exported names, undefined names that may be missing and
 * those that may not, and whether it is never unloaded.
 */
export function readElf(bytes) {
  const sections = sectionsOf(bytes);
  const dynamic = sections.find(({ type }) => type === SHT_DYNAMIC);
  const tags = entriesOf(dynamic, 16).map((at) => ({
    tag: bytes.readBigUInt64LE(at),
    value: bytes.readBigUInt64LE(at + 8),
  }));
  const strings = sections[dynamic.link];
  const flags = tags.find(({ tag }) => tag === DT_FLAGS_1)?.value ?? 0n;
  return {
    format: "ELF",
    machine: MACHINES[bytes.readUInt16LE(18)] ?? `machine ${bytes.readUInt16LE(18)}`,
    libraries: tags
      .filter(({ tag }) => tag === DT_NEEDED)
      .map(({ value }) => text(bytes, strings.offset + Number(value)))
      .sort(),
    versions: versionsOf(bytes, sections),
    ...symbolsOf(bytes, sections),
    stays: (flags & DF_1_NODELETE) !== 0n,
  };
}

function sectionsOf(bytes) {
  const table = Number(bytes.readBigUInt64LE(40));
  const size = bytes.readUInt16LE(58);
  return Array.from({ length: bytes.readUInt16LE(60) }, (_, index) => {
    const at = table + index * size;
    return {
      type: bytes.readUInt32LE(at + 4),
      offset: Number(bytes.readBigUInt64LE(at + 24)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
      link: bytes.readUInt32LE(at + 40),
      info: bytes.readUInt32LE(at + 44),
    };
  });
}

function entriesOf({ offset, size }, length) {
  return Array.from({ length: Math.floor(size / length) }, (_, index) => offset + index * length);
}

/** The versions that other libraries must have, in rising order. */
function versionsOf(bytes, sections) {
  const needs = sections.find(({ type }) => type === SHT_VERNEED);
  if (needs === undefined) return [];
  const strings = sections[needs.link];
  const found = new Set();
  let library = needs.offset;
  for (let left = needs.info; left > 0; left--) {
    let version = library + bytes.readUInt32LE(library + 8);
    for (let count = bytes.readUInt16LE(library + 2); count > 0; count--) {
      found.add(text(bytes, strings.offset + bytes.readUInt32LE(version + 8)));
      version += bytes.readUInt32LE(version + 12);
    }
    library += bytes.readUInt32LE(library + 12);
  }
  return [...found].sort(compareVersions);
}

/** Sorts "GLIBC_2.9" before "GLIBC_2.17". */
export function compareVersions(one, other) {
  return one.localeCompare(other, "en", { numeric: true });
}

function symbolsOf(bytes, sections) {
  const table = sections.find(({ type }) => type === SHT_DYNSYM);
  const strings = sections[table.link];
  const found = { exported: [], weak: [], needed: [] };
  for (const at of entriesOf(table, 24).slice(1)) {
    const name = text(bytes, strings.offset + bytes.readUInt32LE(at));
    const isWeak = bytes[at + 4] >> 4 === 2;
    if (bytes.readUInt16LE(at + 6) !== 0) found.exported.push(name);
    else (isWeak ? found.weak : found.needed).push(name);
  }
  for (const names of Object.values(found)) names.sort();
  return found;
}

function text(bytes, at) {
  return bytes.toString("latin1", at, bytes.indexOf(0, at));
}
