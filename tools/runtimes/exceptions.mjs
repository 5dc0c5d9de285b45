/**
 * Tests that a runtime cannot run, by their full titles or their suite's, with the reason:
 * something that the runtime itself lacks or does otherwise, never a fault of pike's. They are
 * counted as skipped.
 */
const EXCEPTIONS = [
  {
    in: ["bun", "deno"],
    title:
      "how a notifier hears from the loop is by libuv's loop in Node, by a thread where that is asked for, and by nothing by hand",
    reason: "it has no loop of libuv's",
  },
  {
    in: ["bun", "deno"],
    title: "another test runner node:test runs the suites, and counts what is pending as skipped",
    reason: "it has no --test of Node's, and no reporter for it",
  },
  {
    in: ["bun"],
    title:
      "a socket that changes hands goes to node:net by detach, with bytes unread and flags as they were",
    reason: "its net.Socket reads nothing from a descriptor that it is given",
  },
  {
    in: ["bun"],
    title:
      "what io_uring receives is bounded while nobody reads: at most 64 KiB, all of it given back by detach",
    reason: "its net.Socket reads nothing from a descriptor that it is given",
  },
  ...["adopting a descriptor", "giving a descriptor back"].map((suite) => ({
    in: ["deno"],
    suite,
    reason: "its node:fs closes the next descriptor of a number that it has opened before",
  })),
  {
    in: ["deno"],
    suite: /^random calls, seed \d+$/,
    reason: "its node:fs closes others' descriptors, and its resolver keeps sockets open",
  },
  ...[
    "sends files, a generated one, datagrams, signals and posts, and all is right",
    "a flipped byte on tcp4 is named, and the exit code is 1",
    "a flipped byte on unix is named, and the exit code is 1",
    "a flipped byte on udp is named, and the exit code is 1",
  ].map((title) => ({
    in: ["deno"],
    title: `examples/main ${title}`,
    reason: "its node:dgram, which is held against pike's, takes a minute for 16 MB",
  })),
  {
    in: ["deno"],
    title: "io_uring in a worker that is terminated polling by hand for ever: all is let go",
    reason: "terminate() does not end a thread that is in native code again and again",
  },
  {
    in: ["deno"],
    title: "a copy of this package takes one beside a bundle that stands in no package",
    reason: "it looks into node_modules only beside a package.json",
  },
  {
    in: ["deno"],
    title:
      "a process without descriptors serves every connection in the end, and does not spin meanwhile",
    reason: "it panics where it cannot open a descriptor of its own",
  },
  ...["127.0.0.1", "::1"].map((host) => ({
    in: ["deno"],
    title: `a foreign peer over ${host} that reads slowly holds the writer back, and gets every byte`,
    reason: 'its net.Socket, once paused, is never "readable" again',
  })),
  {
    in: ["deno"],
    title: "Event across threads the worker that opened it is gone: its poster is stale",
    reason: "terminate() is over before the worker's thread has ended",
  },
  {
    in: ["deno"],
    title:
      "a waiter thread at the end where no thread can be made, opening is refused and nothing is left",
    reason: "it makes threads of its own at any time, and ends where it cannot",
  },
  {
    in: ["deno"],
    title:
      "Signal and the operating system a worker that opened it and was terminated leaves the process as it was",
    reason: "it installs handlers of its own with the first listener",
  },
  {
    in: ["deno"],
    title:
      "Signal and the operating system workers that end at any stage of a wait leave the process as it was, and alive",
    reason: "it installs handlers of its own with the first listener",
  },
  {
    in: ["deno"],
    title: "Signal over notifier-native queued real-time signals arrive one by one",
    reason: "its process.kill knows no real-time signal",
  },
];

/** What applies to one runtime ("bun", "node-22", …). */
export function exceptionsOf(runtime) {
  return EXCEPTIONS.filter(({ in: names }) => names.includes(runtime));
}
