/** Hazard: a binary for another system, or one that asks too much of it, is published unseen. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import { root } from "../../stages/run.mjs";
import { judge, readBinary } from "../judge.mjs";
import { EXPORTS, TARGETS } from "../targets.mjs";

const MACHINES = { x64: 0x01000007, arm64: 0x0100000c };

/** What a binary says that is just as its target expects. */
function ideal({ format, machine, libraries, glibc, macos, signed = false }) {
  const common = { format, machine, libraries, exported: EXPORTS, size: 300_000 };
  if (format === "ELF") {
    const versions = glibc === null ? [] : ["GLIBC_2.2.5", "GLIBC_2.9", `GLIBC_${glibc}`];
    return { ...common, versions, needed: ["malloc"], weak: ["uv_poll_init"], stays: true };
  }
  return format === "PE" ? { ...common, delayed: ["node.exe"] } : { ...common, macos, signed };
}

describe("a prebuilt binary", () => {
  for (const target of TARGETS) {
    const { name, expect: wanted } = target;
    const judged = (change) => judge({ ...ideal(wanted), ...change }, wanted);

    it(`${name} is accepted as it should be`, () => {
      expect(judged({})).to.deep.equal([]);
    });

    it(`${name} is refused when it is for something else`, () => {
      expect(judged({ machine: "riscv64" })).to.deep.equal([
        `machine is riscv64, not ${wanted.machine}`,
      ]);
      expect(judged({ format: "unknown" })).to.have.length(1);
    });

    it(`${name} is refused when it needs or gives away more than it should`, () => {
      const libraries = [...wanted.libraries, "libstdc++.so.6"];
      expect(judged({ libraries })).to.deep.equal(["needs the library libstdc++.so.6"]);
      expect(judged({ exported: [...EXPORTS, "_Unwind_Resume"] })).to.deep.equal([
        "gives away the symbol _Unwind_Resume",
      ]);
      expect(judged({ exported: EXPORTS.slice(1) })).to.deep.equal([
        `lacks the symbol ${EXPORTS[0]}`,
      ]);
      expect(judged({ size: 2_000_000 })).to.have.length(1);
    });

    if (wanted.format === "ELF") {
      it(`${name} is refused for the C library, unloading, and functions only Node has`, () => {
        const [newest] = judged({ versions: ["GLIBC_2.17", "GLIBC_2.34"] });
        expect(newest).to.match(/^needs glibc 2\.34, /);
        expect(judged({ stays: false })).to.have.length(1);
        expect(judged({ needed: ["uv_poll_init"] })).to.have.length(1);
      });
    }
    if (wanted.format === "Mach-O") {
      it(`${name} is refused for a newer macOS, and where it must be signed and isn't`, () => {
        expect(judged({ macos: "14.0" })).to.deep.equal([
          `the oldest macOS is 14.0, not ${wanted.macos}`,
        ]);
        expect(judged({ signed: false })).to.have.length(wanted.signed ? 1 : 0);
      });
    }
  }

  it("is named in the README's table of platforms as it is run", () => {
    const readme = readFileSync(join(root, "packages/notifier-native/README.md"), "utf8");
    for (const { folder, file, run } of TARGETS) {
      const row = readme.split("\n").find((line) => line.includes(`\`${folder}/${file}\``));
      expect(row, `${folder}/${file}`).to.be.a("string");
      expect(row).to.include(run === null ? "compiled only" : `run ${run}`);
    }
  });
});

describe("reading a binary", () => {
  const onLinux = process.platform === "linux" ? it : it.skip;

  onLinux("says of an ELF file what readelf says of it (Linux has one to read)", () => {
    const path = join(root, "packages/notifier-native/native/build/Release/pike.node");
    const found = readBinary(readFileSync(path));
    const said = (...flags) => spawnSync("readelf", [...flags, path], { encoding: "utf8" }).stdout;
    const libraries = [...said("-dW").matchAll(/\(NEEDED\).*\[(.*)\]/g)].map(([, name]) => name);
    expect(libraries).to.have.length.above(0);
    expect(found.libraries).to.deep.equal(libraries.sort());
    const versions = new Set(said("-VW").match(/\bGLIBC_[\d.]+/g));
    expect(found.versions.filter((name) => name.startsWith("GLIBC_"))).to.have.members([
      ...versions,
    ]);
    expect(found.exported).to.include.members(EXPORTS);
    expect(found.weak).to.include.members(
      [...said("--dyn-syms", "-W").matchAll(/WEAK\s+DEFAULT\s+UND (uv_\w+)/g)].map(
        ([, name]) => name,
      ),
    );
    expect(found).to.include({ format: "ELF", stays: true });
    expect(found.machine).to.equal(process.arch);
  });

  it("reads the commands of a Mach-O file", () => {
    for (const [machine, number] of Object.entries(MACHINES)) {
      const found = readBinary(machO(number));
      expect(found).to.deep.include({
        format: "Mach-O",
        machine,
        macos: "11.0",
        signed: true,
        libraries: ["/usr/lib/libSystem.B.dylib"],
        exported: ["napi_register_module_v1"],
      });
    }
  });

  it("reads the tables of a Windows library", () => {
    expect(readBinary(windowsLibrary())).to.deep.include({
      format: "PE",
      machine: "x64",
      libraries: ["KERNEL32.dll"],
      delayed: ["node.exe"],
      exported: ["napi_register_module_v1"],
    });
  });

  it("takes text for no binary", () => {
    expect(readBinary(Buffer.from("#!/bin/sh\n".repeat(20))).format).to.equal("unknown");
  });
});

/** <mach-o/loader.h>: a library, a version, a signature, and a table of three symbols. */
function machO(machine) {
  const library = command(0xc, 56, [24, 0, 0, 0], "/usr/lib/libSystem.B.dylib");
  const built = command(0x32, 24, [1, 11 << 16, 0, 0]);
  const signature = command(0x1d, 16, [0, 0]);
  const table = 32 + library.length + built.length + signature.length + 24;
  const symbols = command(0x2, 24, [table, 3, table + 48, 64]);
  const commands = [library, built, signature, symbols];
  const header = words(0xfeedfacf, machine, 0, 8, commands.length, 0, 0, 0);
  const entries = Buffer.alloc(48);
  // One of ours, one that Node has, one for debuggers.
  [
    [1, 0x0f],
    [2 + 24, 0x01],
    [1, 0x24],
  ].forEach(([name, type], index) => {
    entries.writeUInt32LE(name, index * 16);
    entries[index * 16 + 4] = type;
  });
  const strings = Buffer.alloc(64);
  strings.write("_napi_register_module_v1", 1);
  strings.write("_napi_call_function", 26);
  return Buffer.concat([header, ...commands, entries, strings]);
}

function command(kind, size, fields, text = "") {
  const bytes = Buffer.alloc(size);
  words(kind, size, ...fields).copy(bytes);
  bytes.write(text, 8 + fields.length * 4);
  return bytes;
}

function words(...values) {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => {
    bytes.writeUInt32LE(value >>> 0, index * 4);
  });
  return bytes;
}

/** One section at 0x1000 that holds every table, in a file that has it at 0x200. */
function windowsLibrary() {
  const bytes = Buffer.alloc(0x600);
  const header = 0x80;
  const optional = header + 24;
  bytes.write("MZ");
  bytes.writeUInt32LE(header, 0x3c);
  bytes.write("PE", header);
  bytes.writeUInt16LE(0x8664, header + 4);
  bytes.writeUInt16LE(1, header + 6);
  bytes.writeUInt16LE(240, header + 20);
  const section = optional + 240;
  words(0x400, 0x1000, 0x400, 0x200).copy(bytes, section + 8);
  const at = (address) => address - 0x1000 + 0x200;
  const directory = (index, address) => bytes.writeUInt32LE(address, optional + 112 + index * 8);
  directory(0, 0x1000);
  directory(1, 0x1100);
  directory(13, 0x1180);
  words(1, 0, 0x1030).copy(bytes, at(0x1000) + 24);
  words(0x1040).copy(bytes, at(0x1030));
  bytes.write("napi_register_module_v1", at(0x1040));
  words(0, 0, 0, 0x1200).copy(bytes, at(0x1100));
  bytes.write("KERNEL32.dll", at(0x1200));
  words(1, 0x1220).copy(bytes, at(0x1180));
  bytes.write("node.exe", at(0x1220));
  return bytes;
}
