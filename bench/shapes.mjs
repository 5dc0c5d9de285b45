/**
 * The shapes: what is asked of a server, and how the load generator asks it.
 *
 * A new shape is one entry here. A subject takes part in a shape when it has a server for its
 * `service`.
 */

/**
 * @typedef {object} Shape
 * @property {string} name as on the command line and in the JSON
 * @property {string} what one line for people
 * @property {string} operation what the cost is per
 * @property {"tcp-echo"} service what the server must offer
 * @property {readonly string[]} load arguments of the load generator
 */

/** @type {readonly Shape[]} */
export const shapes = [
  {
    name: "tcp-echo-64",
    what: "64 bytes × 64 connections, one request in flight on each",
    operation: "echo",
    service: "tcp-echo",
    load: ["--mode", "echo", "--connections", "64", "--bytes", "64"],
  },
  {
    name: "tcp-echo-1000",
    what: "64 bytes × 1,000 connections, one request in flight on each",
    operation: "echo",
    service: "tcp-echo",
    load: ["--mode", "echo", "--connections", "1000", "--bytes", "64"],
  },
  {
    name: "tcp-echo-1",
    what: "64 bytes × 1 connection, one request in flight",
    operation: "echo",
    service: "tcp-echo",
    load: ["--mode", "echo", "--connections", "1", "--bytes", "64"],
  },
  {
    name: "tcp-accept",
    what: "connect, echo 64 bytes, close; 64 conversations at a time",
    operation: "conversation",
    service: "tcp-echo",
    load: ["--mode", "accept", "--connections", "64", "--bytes", "64"],
  },
];
