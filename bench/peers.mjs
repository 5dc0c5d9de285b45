/**
 * Bun and Deno: installed from npm into a folder of this repository's cache when --peers asks for
 * them, and measured by their own native interfaces.
 *
 * Only the packages with their binaries are installed, at exact versions, and no install script is
 * run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BenchError } from "./error.mjs";

const folder = fileURLToPath(new URL("../.cache/peers/", import.meta.url));

/**
 * @typedef {{ name: string, package: string, version: string, binary: string, run: string[] }} Peer
 */

/** @type {readonly Peer[]} */
const peers = [
  {
    name: "bun",
    package: `@oven/bun-linux-${process.arch === "arm64" ? "aarch64" : "x64"}`,
    version: "1.4.5",
    binary: "bin/bun",
    run: ["run"],
  },
  {
    name: "deno",
    package: `@deno/linux-${process.arch}-glibc`,
    version: "2.9.6",
    binary: "deno",
    // Datagrams are among its unstable interfaces.
    run: ["run", "--allow-all", "--unstable-net", "--no-lock", "--node-modules-dir=none"],
  },
];

const FIREHOSE = ["1024", "1024"];
const BLOCKS = ["65536", "16"];
const EVERY = ["1048576"];
const DATAGRAMS = ["1400", "4600"];

/** The subjects, whether installed or not. @type {readonly import("./subjects.mjs").Subject[]} */
export const peerSubjects = peers.map((peer) => {
  const { name, version } = peer;
  /** @type {(file: string, args?: readonly string[]) => import("./subjects.mjs").ServerCommand} */
  const script = (file, args = []) => ({
    command: binaryOf(peer),
    args: [...peer.run, fileURLToPath(new URL(`subjects/${file}`, import.meta.url)), ...args],
  });
  return {
    name,
    what: `${name === "bun" ? "Bun" : "Deno"} ${version}, its own sockets; only with --peers`,
    role: "rival",
    peer: name,
    probe: { command: binaryOf(peer), args: ["--version"] },
    services: {
      "tcp-echo": script(`${name}-echo.mjs`),
      "tcp-bulk": script(`${name}-echo.mjs`),
      "tcp-bulk-receive": script(`${name}-receive.mjs`, EVERY),
      "tcp-bulk-send": script(`${name}-send.mjs`, BLOCKS),
      "tcp-firehose": script(`${name}-send.mjs`, FIREHOSE),
      "udp-receive": script(`${name}-udp-receive.mjs`),
      "udp-receive-gro": script(`${name}-udp-receive.mjs`),
      "udp-send": script(`${name}-udp-send.mjs`, DATAGRAMS),
      "udp-send-gso": script(`${name}-udp-send.mjs`, DATAGRAMS),
      "event-wake": script("node-wake.mjs"),
    },
  };
});

/** Installs what is missing; returns the names of what it installed. */
export function installPeers() {
  const missing = peers.filter((peer) => !existsSync(binaryOf(peer)));
  if (missing.length === 0) return [];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const wanted = missing.map((peer) => `${peer.package}@${peer.version}`);
  const options = ["--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status, stderr } = spawnSync("npm", ["install", ...options, ...wanted], {
    encoding: "utf8",
  });
  if (status !== 0) throw new BenchError(`npm could not install ${wanted.join(", ")}`, stderr);
  return wanted;
}

/** @param {Peer} peer */
function binaryOf(peer) {
  return join(folder, "node_modules", peer.package, peer.binary);
}
