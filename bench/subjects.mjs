/**
 * The subjects: who is measured, and how each one's server is started.
 *
 * A new subject is one entry here and a server that keeps the protocol of server.mjs.
 */
import { fileURLToPath } from "node:url";
import { programPath } from "./build.mjs";

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
 */

/** @type {readonly Subject[]} */
export const subjects = [
  {
    name: "c-epoll",
    what: "plain C on edge-triggered epoll, one thread",
    role: "limit",
    services: { "tcp-echo": { command: programPath("echo_epoll"), args: [] } },
  },
  {
    name: "node",
    what: "node:net, data events",
    role: "rival",
    services: { "tcp-echo": script("node-echo.mjs") },
  },
  {
    name: "pike-epoll",
    what: "pike on epoll, for await over chunks: the server of the README",
    role: "pike",
    services: { "tcp-echo": script("pike-echo.mjs", { PIKE_NOTIFIER: "epoll" }) },
  },
  {
    name: "pike-epoll-read",
    what: "pike on epoll, read into one buffer per peer",
    role: "pike",
    services: { "tcp-echo": script("pike-echo-read.mjs", { PIKE_NOTIFIER: "epoll" }) },
  },
];

/** The subjects that all others are compared with, where they take part. */
export const references = ["c-epoll", "node"];

/**
 * @param {string} file in subjects/
 * @param {Readonly<Record<string, string>>} env
 * @returns {ServerCommand}
 */
function script(file, env = {}) {
  const path = fileURLToPath(new URL(`subjects/${file}`, import.meta.url));
  return { command: process.execPath, args: [path], env };
}
