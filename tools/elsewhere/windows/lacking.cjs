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
const LINKS = "wine has no symbolic links for Windows programs";
const COSTS = "it counts the system calls of a backend that tells of readiness";
const DETACH = "wine cannot take a handle out of a completion port";

exports.lacking = [
  [/^errors › of this system have Linux's numbers/, "the numbers of Windows are others"],

  // handle
  [/^adopting a descriptor/, `${POSIX}; windows-handles.test.ts has what Windows has`],
  [/^giving a descriptor back/, POSIX],
  [/^a program($| ›)/, POSIX],

  // notifier-native
  [/^connections on epoll/, COSTS],
  [/^many datagrams on Linux › 64 that were cut on their way/, LINUX],
  [/^many datagrams on Linux › without offload are one call/, "Windows has no call for several"],
  [/^many datagrams on Linux › that never end give way/, COSTS],
  [/^many datagrams on Linux › of a flood are one crossing/, "Windows has no call for several"],
  [/^many datagrams on Linux › in a list without end give way/, COSTS],
  [/^many datagrams on Linux › are one by one to whoever/, DETACH],
  [/^control with wrong values › listen does not open an abstract name/, UNIX],
  [/^control with wrong values › raw options/, "the numbers of Windows are others"],
  [/^control with wrong values › bind leaves the mode/, POSIX],
  [/^turns › a stream that found no room in the batch/, UNIX],
  [/^many datagrams to a peer that is slow/, POSIX],
  [/^worker threads › terminate\(\) frees all/, `${PROC}; windows-handles.test.ts counts handles`],
  [/^options › ipv4: the multicast interface/, "wine refuses an interface by its number"],
  [/^a copy of this package/, LINKS],
  [/^edges that are easy to miss › a descriptor sent along/, UNIX],
  [/^edges that are easy to miss › urgent data in the middle/, POSIX],
  [/^edges that are easy to miss › a pipe whose writer goes/, POSIX],
  [/^system calls made for nothing › a read after a short read/, COSTS],
  [/^system calls made for nothing › a deadline per read/, COSTS],
  [/^operations on what does not serve them › an event and a signal/, SIGNALS],
  [/^an event that is waited for again and again/, COSTS],
  [/^signals, the native part alone/, SIGNALS],
  [/^unusual surroundings › a pipe of packets/, POSIX],
  [/^io_uring refused: /, LINUX],
  [/^how a notifier hears from the loop › is by libuv's loop/, "libuv watches no completion port"],
  [/^a waiter thread at the end › terminate\(\) amid wake-ups/, PROC],
  [/^a waiter thread at the end › where no thread can be made/, POSIX],

  // signal
  [/^Signal and the operating system/, SIGNALS],
  [/^Signal over notifier-native/, SIGNALS],
  [/^Signal over notifier-memory › tells name, number, pid, uid/, SIGNALS],

  // socket
  [/^Unix sockets in the file system/, UNIX],
  [/^sockets with wrong arguments, over the system › bind and listen options/, UNIX],
  [/^sockets with wrong arguments, over the system › connect, listen and bind/, UNIX],
  [
    /^the ends of batches over the system, .* › that nobody takes are told to their sender/,
    "Windows tells a refusal to who receives, not to who sends",
  ],
  [
    /^a foreign peer over .* › that is not there: a connected datagram/,
    "wine loses what ICMP says when it comes while a receive waits",
  ],
  [/^a socket that changes hands/, DETACH],
  [/^options by the system's numbers/, LINUX],
  [/^a process without descriptors/, POSIX],
  [/^a connection that does not come about › to a (full Unix backlog|path without)/, UNIX],
  [/^a connection that does not come about › twice over UDP/, "Windows has no SO_REUSEPORT"],
];
