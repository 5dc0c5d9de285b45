/** This package's version, read from its own package.json so that it is written only once. */
import { readFileSync } from "node:fs";

const text = readFileSync(new URL("../package.json", import.meta.url), "utf8");

/** "0.1.0". */
export const version: string = (JSON.parse(text) as { version: string }).version;
