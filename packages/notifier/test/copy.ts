/** A second copy of this package, as two versions of it in one tree of packages make one. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Imports one module of a fresh copy of what was compiled. */
export async function importCopy<Module>(file: string): Promise<Module> {
  const own = fileURLToPath(new URL("../dist", import.meta.url));
  const folder = mkdtempSync(fileURLToPath(new URL("./copy-", import.meta.url)));
  try {
    cpSync(own, folder, { recursive: true });
    return (await import(pathToFileURL(join(folder, file)).href)) as Module;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
