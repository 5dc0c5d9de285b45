/** The command line of the main job. */
import { statSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";

/** What --help prints. */
export const help = `pike's main job: echo servers on pike, driven by pike and others, checked by SHA-256.

  npm start -- [folder] [options]

  folder          send every file in it, instead of every file of this repository
  --size MB       size of the generated file, 0 to 4096 (default 256; 0 for none)
  --corrupt NAME  let the pike server flip a byte of what it receives, on one transport
                  (tcp4, tcp6, unix, udp), to see that it is caught on both sides
  --plain         plain lines, also on a terminal
  --help          show this

It copies the files, so that none changes meanwhile, and sends each over TCP (IPv4, IPv6) and a Unix
socket from pike, node:net, and nc and socat where they are installed, and 16 MB over UDP. Each is
compared by SHA-256 on both sides. From pike and node:net the same goes to a server on node:net, for
its CPU time. A second process raises signals, a worker posts events.

The exit code is 0 if every byte and every count was right, 1 if not, 2 for a wrong argument, and
130 after Ctrl-C.
`;

/** An argument that makes no sense, in a sentence. */
export class UsageError extends Error {}

/** Turns arguments into options, or throws a UsageError. */
export function parse(args) {
  const { values, positionals } = parseStrictly(args);
  if (positionals.length > 1) {
    throw new UsageError(`one folder at most, not ${positionals.length}: ${positionals.join(" ")}`);
  }
  const [given] = positionals;
  return {
    help: values.help,
    plain: values.plain,
    folder: given === undefined ? null : checkFolder(given),
    sizeBytes: checkSize(values.size) * 1_000_000,
    corrupt: checkTransport(values.corrupt),
  };
}

function parseStrictly(args) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        help: { type: "boolean", short: "h", default: false },
        plain: { type: "boolean", default: false },
        size: { type: "string", default: "256" },
        corrupt: { type: "string" },
      },
    });
  } catch (error) {
    throw new UsageError(error.message.split(". ")[0].split("\n")[0]);
  }
}

function checkFolder(given) {
  const folder = resolve(given);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`there is no folder ${folder}`);
  if (!found.isDirectory()) throw new UsageError(`${folder} is not a folder`);
  return folder;
}

function checkSize(given) {
  if (!/^\d{1,4}$/.test(given) || Number(given) > 4_096) {
    throw new UsageError(`--size takes whole megabytes from 0 to 4096, not "${given}"`);
  }
  return Number(given);
}

function checkTransport(given) {
  const names = ["tcp4", "tcp6", "unix", "udp"];
  if (given === undefined || names.includes(given)) return given ?? null;
  throw new UsageError(`--corrupt takes one of ${names.join(", ")}, not "${given}"`);
}
