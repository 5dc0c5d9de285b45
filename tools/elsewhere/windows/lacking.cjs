/**
 * What cannot be played under wine, by the names of groups and cases, each with its reason.
 *
 * The reasons are of three kinds: a test drives programs of POSIX systems, Windows has not what it
 * is about, or wine has not what Windows has.
 */
const POSIX = "it drives programs that only POSIX systems have";
const PROC = "it looks into /proc";
const UNIX = "Windows has no Unix sockets under wine";
const SIGNALS = "Windows has no signals between processes; windows-console.test.ts has what it has";
const LINUX = "it is about Linux";
const DETACH = "wine cannot take a handle out of a completion port";

exports.lacking = [
  [/^errors › of this system have Linux's numbers/, "the numbers of Windows are others"],

  // handle
  [/^adopting a descriptor › /, `${POSIX}; windows-handles.test.ts has what Windows has`],
  [/^giving a descriptor back › /, POSIX],
  [/^a program › /, POSIX],

  // signal
  [/^Signal and the operating system › /, SIGNALS],
  [/^Signal over notifier-native › /, SIGNALS],
  [/^Signal over notifier-memory › tells name, number, pid, uid/, SIGNALS],

  // socket
  [/^Unix sockets in the file system › /, UNIX],
  [/^a socket that changes hands › /, DETACH],
  [/^options by the system's numbers › /, LINUX],
  [/^a process without descriptors › /, POSIX],
  [/^a connection that does not come about › to a (full Unix backlog|path without)/, UNIX],
  [/^a connection that does not come about › twice over UDP/, "Windows has no SO_REUSEPORT"],
];
