/**
 * What is sent: every file of a folder, and one generated file. Contents stay on disk, in copies
 * that nobody edits while they are sent; what is kept of each is its size and SHA-256.
 */
import { execFileSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { constants, createReadStream, existsSync, lstatSync, readdirSync } from "node:fs";
import { copyFile, open } from "node:fs/promises";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const BUILT = /^(node_modules|\.git|dist|dist-test|build(-\w+)?|prebuilds|coverage|\.cache)$/;
const PIECE_BYTES = 1 << 20;

/**
 * Copies every file of the repository (`folder` null) or of a folder into `copies`, and describes
 * each copy as { name, path, size, sha256 }.
 */
export async function copyFiles(folder, copies) {
  const from = folder ?? repository;
  const paths = folder === null ? repositoryFiles() : walk(from, () => true);
  const files = [];
  for (const path of paths.sort()) {
    if (!lstatSync(path).isFile()) continue; // links, sockets and devices hold no bytes
    const copy = join(copies, String(files.length));
    await copyFile(path, copy, constants.COPYFILE_FICLONE);
    files.push(await describeFile(relative(from, path), copy));
  }
  return files;
}

/** Writes a file of pseudo-random bytes, the same at every run, and describes it. */
export async function generateFile(path, size, onBytes) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, "pike"), Buffer.alloc(16));
  const hash = createHash("sha256");
  const zeros = Buffer.alloc(PIECE_BYTES);
  const file = await open(path, "w");
  for (let left = size; left > 0; left -= PIECE_BYTES) {
    const piece = cipher.update(zeros.subarray(0, Math.min(left, PIECE_BYTES)));
    hash.update(piece);
    await file.write(piece);
    onBytes(piece.length);
  }
  await file.close();
  return { name: "the generated file", path, size, sha256: hash.digest("hex") };
}

/** The first `size` bytes of the generated sequence, in memory. */
export function generateSample(size) {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, "pike"), Buffer.alloc(16));
  const bytes = cipher.update(Buffer.alloc(size));
  return { bytes, sha256: createHash("sha256").update(bytes).digest("hex") };
}

/** The bytes of a file in pieces of at most 1 MiB, each new memory. */
export async function* pieces(path) {
  const file = await open(path);
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(PIECE_BYTES));
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function describeFile(name, path) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    hash.update(piece);
    size += piece.length;
  }
  return { name, path, size, sha256: hash.digest("hex") };
}

function repositoryFiles() {
  try {
    const options = { cwd: repository, stdio: ["ignore", "pipe", "ignore"], maxBuffer: 1 << 28 };
    const listed = execFileSync("git", ["ls-files", "-z"], options).toString().split("\0");
    const paths = listed.filter((name) => name !== "").map((name) => join(repository, name));
    return paths.filter((path) => existsSync(path));
  } catch {
    return walk(repository, (name) => !BUILT.test(name)); // no git, or no clone
  }
}

function walk(folder, wanted) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (!wanted(entry.name)) return [];
    return entry.isDirectory() ? walk(path, wanted) : [path];
  });
}
