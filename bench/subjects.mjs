/**
 * The subjects: who is measured, and how each one's servers are started.
 *
 * A new subject is one entry here and programs that keep the protocol of subjects/lifetime.mjs.
 */
import { fileURLToPath } from "node:url";
import { programPath } from "./build.mjs";
import { peerSubjects } from "./peers.mjs";

/**
 * @typedef {object} ServerCommand
 * @property {string} command
 * @property {readonly string[]} args
 * @property {Readonly<Record<string, string>>} [env] on top of the environment of this process
 *
 * @typedef {object} Subject
 * @property {string} name as on the command line and in the JSON
 * @property {string} what one line for people
 * @property {"limit" | "rival" | "pike"} role
 * @property {Readonly<Record<string, ServerCommand>>} services by the shapes' `service`
 * @property {ServerCommand} [probe] prints a line if the subject can run here, else fails
 * @property {string} [peer] the runtime that --peers installs for it
 * @property {string} [backend] of pike's notifier
 */

/** pike's backends that are measured, and what each subject's name begins with. */
export const backends = ["epoll", "io_uring"];

/** Messages and requests as in shapes.mjs. */
const FIREHOSE = ["1024", "1024"];
const BLOCKS = ["65536", "16"];
const EVERY = ["1048576"];
const DATAGRAMS = ["1400", "4600"];

/** @type {readonly Subject[]} */
export const subjects = [
  {
    name: "c-epoll",
    what: "plain C on edge-triggered epoll, one thread",
    role: "limit",
    services: {
      "tcp-echo": program("echo_epoll"),
      "tcp-bulk": program("stream_epoll", "echo"),
      "tcp-bulk-receive": program("stream_epoll", "receive", ...EVERY),
      "tcp-bulk-send": program("stream_epoll", "send", ...BLOCKS, "1"),
      "tcp-firehose": program("stream_epoll", "send", ...FIREHOSE, "1"),
      "udp-receive": program("udp_receive", "plain"),
      "udp-receive-gro": program("udp_receive", "gro"),
      "udp-send": program("udp_send", "plain", ...DATAGRAMS),
      "udp-send-gso": program("udp_send", "gso", ...DATAGRAMS),
      "event-wake": program("wake_epoll"),
    },
  },
  {
    name: "c-io_uring",
    what: "plain C on io_uring: multishot, provided buffers, one enter per turn",
    role: "limit",
    services: {
      "tcp-echo": program("echo_io_uring"),
      "tcp-bulk": program("echo_io_uring", "64", "65536"),
      "tcp-bulk-receive": program("stream_io_uring", "receive", ...EVERY),
      "tcp-bulk-send": program("stream_io_uring", "send", ...BLOCKS),
      "tcp-firehose": program("stream_io_uring", "send", ...FIREHOSE),
      "udp-receive": program("udp_io_uring", "receive", "plain"),
      "udp-receive-gro": program("udp_io_uring", "receive", "gro"),
      "udp-send": program("udp_io_uring", "send", "plain", ...DATAGRAMS),
      "udp-send-gso": program("udp_io_uring", "send", "gso", ...DATAGRAMS),
    },
    probe: program("echo_io_uring"),
  },
  {
    name: "node",
    what: "node:net, node:dgram, MessagePort; an empty module where a start is measured",
    role: "rival",
    services: {
      "tcp-echo": script("node-echo.mjs"),
      "tcp-bulk": script("node-bulk.mjs"),
      "tcp-bulk-receive": script("node-receive.mjs", EVERY),
      "tcp-bulk-send": script("node-send.mjs", BLOCKS),
      "tcp-firehose": script("node-send.mjs", FIREHOSE),
      "udp-receive": script("node-udp-receive.mjs"),
      "udp-receive-gro": script("node-udp-receive.mjs"),
      "udp-send": script("node-udp-send.mjs", DATAGRAMS),
      "udp-send-gso": script("node-udp-send.mjs", DATAGRAMS),
      "event-wake": script("node-wake.mjs"),
      start: script("start-empty.mjs"),
    },
  },
  ...peerSubjects,
  ...backends.flatMap(pikeSubjects),
];

/** The subjects that all others are compared with, where they take part. */
export const references = ["c-epoll", "node"];

/** Prints the backend that pike chooses by itself. */
export const defaultBackendProbe = pikeScript("pike-probe.mjs", "", []);

/**
 * pike on one backend, in the forms that are measured.
 * @param {string} backend
 * @returns {Subject[]}
 */
function pikeSubjects(backend) {
  /** @type {(file: string, args?: readonly string[]) => ServerCommand} */
  const pike = (file, args = []) => pikeScript(file, backend, args);
  const probe = pike("pike-probe.mjs");
  const name = `pike-${backend}`;
  return [
    {
      name,
      what: `pike on ${backend}: for await over chunks, writeAll; the server of the README`,
      role: "pike",
      backend,
      probe,
      services: {
        "tcp-echo": pike("pike-echo.mjs"),
        "tcp-bulk": pike("pike-echo.mjs"),
        "tcp-bulk-receive": pike("pike-receive.mjs", EVERY),
        "tcp-bulk-send": pike("pike-send.mjs", BLOCKS),
        "tcp-firehose": pike("pike-send.mjs", FIREHOSE),
        "udp-receive": whole(pike("pike-udp-receive.mjs")),
        "udp-receive-gro": pike("pike-udp-receive.mjs"),
        "udp-send": whole(pike("pike-udp-send-pieces.mjs", DATAGRAMS)),
        "udp-send-gso": pike("pike-udp-send-pieces.mjs", DATAGRAMS),
        "event-wake": pike("pike-wake.mjs"),
        // As it is published, each package in one file: see tools/stages/published.mjs.
        start: pike("../../.cache/published/start-pike.mjs"),
      },
    },
    {
      name: `${name}-read`,
      what: `pike on ${backend}: read into one buffer per peer`,
      role: "pike",
      backend,
      probe,
      services: {
        "tcp-echo": pike("pike-echo-read.mjs"),
        "tcp-bulk": pike("pike-bulk.mjs"),
        "tcp-bulk-receive": pike("pike-receive-read.mjs", EVERY),
      },
    },
    {
      name: `${name}-callback`,
      what: `pike on ${backend}: the contract's callbacks, no promises`,
      role: "pike",
      backend,
      probe,
      services: { "tcp-echo": pike("pike-echo-callback.mjs") },
    },
    {
      name: `${name}-list`,
      what: `pike on ${backend}: sendMany of a list of datagrams instead of one array in pieces`,
      role: "pike",
      backend,
      probe,
      services: {
        "udp-send": whole(pike("pike-udp-send.mjs", DATAGRAMS)),
        "udp-send-gso": pike("pike-udp-send.mjs", DATAGRAMS),
      },
    },
    {
      name: `${name}-writev`,
      what: `pike on ${backend}: writev of 16 messages`,
      role: "pike",
      backend,
      probe,
      services: { "tcp-firehose": pike("pike-send-writev.mjs", [...FIREHOSE, "16"]) },
    },
  ];
}

/**
 * The same without offload: datagrams are neither merged nor cut by the system.
 * @param {ServerCommand} command
 * @returns {ServerCommand}
 */
function whole({ command, args, env = {} }) {
  return { command, args, env: { ...env, PIKE_OFFLOAD: "0" } };
}

/**
 * @param {Parameters<typeof programPath>[0]} name
 * @param {readonly string[]} args
 * @returns {ServerCommand}
 */
function program(name, ...args) {
  return { command: programPath(name), args };
}

/**
 * @param {string} file in subjects/
 * @param {readonly string[]} args
 * @returns {ServerCommand}
 */
function script(file, args = []) {
  const path = fileURLToPath(new URL(`subjects/${file}`, import.meta.url));
  return { command: process.execPath, args: [path, ...args] };
}

/**
 * @param {string} file in subjects/
 * @param {string} backend "" for pike's own choice
 * @param {readonly string[]} args
 * @returns {ServerCommand}
 */
function pikeScript(file, backend, args) {
  return { ...script(file, args), env: { PIKE_NOTIFIER: backend } };
}
