/**
 * The shapes: what is asked of a server, and how it is measured.
 *
 * A new shape is one entry here. A subject takes part in a shape when it has a command for its
 * `service`.
 */

/** Idle connections of tcp-idle. */
export const IDLE_CONNECTIONS = 15_000;

/** Datagrams of the UDP shapes, in bytes. */
const DATAGRAM = ["--bytes", "1400"];
const BLOCK_BYTES = 65_536;
const BLOCKS = ["--bytes", String(BLOCK_BYTES), "--per-request", "16"];

/**
 * How a run goes: see methods/.
 * @typedef {"load" | "idle" | "alone" | "start"} Method
 *
 * @typedef {object} Shape
 * @property {string} name as on the command line and in the JSON
 * @property {string} what one line for people
 * @property {string} operation what the cost is per
 * @property {string} service what a subject must offer to take part
 * @property {Method} method
 * @property {readonly string[]} load arguments of the load generator, where there is one
 * @property {boolean} counted the server says how many operations there were, as some get lost
 * @property {number} [bytesPerOperation] where CPU per GB is worth a column
 */

const echo = { operation: "echo", service: "tcp-echo", method: "load", counted: false };
const bulk = {
  operation: "64 KiB",
  method: "load",
  counted: false,
  bytesPerOperation: BLOCK_BYTES,
};
const datagram = { operation: "datagram", method: "load" };

/** @type {readonly Shape[]} */
export const shapes = /** @type {Shape[]} */ ([
  {
    ...echo,
    name: "tcp-echo-64",
    what: "64 bytes × 64 connections, one request in flight on each",
    load: ["--mode", "echo", "--connections", "64", "--bytes", "64"],
  },
  {
    ...echo,
    name: "tcp-echo-1000",
    what: "64 bytes × 1,000 connections, one request in flight on each",
    load: ["--mode", "echo", "--connections", "1000", "--bytes", "64"],
  },
  {
    ...echo,
    name: "tcp-echo-1",
    what: "64 bytes × 1 connection, one request in flight",
    load: ["--mode", "echo", "--connections", "1", "--bytes", "64"],
  },
  {
    ...echo,
    name: "tcp-accept",
    what: "connect, echo 64 bytes, close; 64 conversations at a time",
    operation: "conversation",
    load: ["--mode", "accept", "--connections", "64", "--bytes", "64"],
  },
  {
    ...echo,
    name: "tcp-idle",
    what: "15,000 idle connections, and 64 busy ones beside them",
    method: "idle",
    load: ["--mode", "echo", "--connections", "64", "--bytes", "64"],
  },
  {
    ...datagram,
    name: "udp-receive-gro",
    what: "datagrams of 1,400 bytes received, with receive offload (GRO)",
    service: "udp-receive-gro",
    load: ["--mode", "flood", "--offload", ...DATAGRAM],
    counted: true,
  },
  {
    ...datagram,
    name: "udp-receive",
    what: "datagrams of 1,400 bytes received one by one, without offload",
    service: "udp-receive",
    load: ["--mode", "flood", "--offload", ...DATAGRAM],
    counted: true,
  },
  {
    ...datagram,
    name: "udp-send-gso",
    what: "datagrams of 1,400 bytes sent, with segmentation offload (GSO)",
    service: "udp-send-gso",
    load: ["--mode", "datagram-pull", "--per-request", "4600", ...DATAGRAM],
    counted: false,
  },
  {
    ...datagram,
    name: "udp-send",
    what: "datagrams of 1,400 bytes sent one by one, without offload",
    service: "udp-send",
    load: ["--mode", "datagram-pull", "--per-request", "4600", ...DATAGRAM],
    counted: false,
  },
  {
    name: "tcp-firehose-1k",
    what: "messages of 1,024 bytes sent over one connection",
    operation: "message",
    service: "tcp-firehose",
    method: "load",
    load: ["--mode", "pull", "--bytes", "1024", "--per-request", "1024"],
    counted: false,
  },
  {
    ...bulk,
    name: "tcp-bulk",
    what: "a stream in blocks of 64 KiB received and sent back over one connection",
    service: "tcp-bulk",
    load: ["--mode", "bulk", "--bytes", String(BLOCK_BYTES), "--window", "16"],
  },
  {
    ...bulk,
    name: "tcp-bulk-receive",
    what: "a stream in blocks of 64 KiB only received",
    service: "tcp-bulk-receive",
    load: ["--mode", "push", "--window", "4", ...BLOCKS],
  },
  {
    ...bulk,
    name: "tcp-bulk-send",
    what: "a stream in blocks of 64 KiB only sent",
    service: "tcp-bulk-send",
    load: ["--mode", "pull", "--window", "2", ...BLOCKS],
  },
  {
    name: "event-wake",
    what: "round trip between two workers that wake each other, both on one processor",
    operation: "round trip",
    service: "event-wake",
    method: "alone",
    load: [],
    counted: false,
  },
  {
    name: "start",
    what: "a process that imports pike and opens a notifier, beside one with an empty module",
    operation: "start",
    service: "start",
    method: "start",
    load: [],
    counted: false,
  },
]);
