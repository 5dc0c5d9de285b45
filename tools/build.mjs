/**
 * `npm run build`: everything that a fresh clone needs, and nothing again that is there already.
 *
 * Needs Node, npm, Python 3 and a C++ compiler.
 */
import { pathToFileURL } from "node:url";
import { checkNode, install } from "./stages/install.mjs";
import { buildNative } from "./stages/native.mjs";
import { fail, stage } from "./stages/run.mjs";
import { compile } from "./stages/typescript.mjs";

/** Installs, compiles the native part and the TypeScript, each only where something changed. */
export async function build() {
  checkNode();
  await stage("install", install);
  await stage("native", buildNative);
  await stage("typescript", compile);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await build().catch(fail);
