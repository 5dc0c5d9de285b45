/** What this implementation says of itself. */
import { type Contract, contractVersion, Operation } from "@pike-io/notifier";

/** The manifest of the operating system's notifier on Linux. */
export const nativeContract: Contract = {
  name: "@pike-io/notifier-native 0.1.0",
  ...contractVersion,
  operations: new Set([
    ...Object.keys(Operation),
    ...["openSocket", "adopt", "openSignal", "openEvent", "bind", "listen", "shutdown"],
    ...["localAddress", "peerAddress", "getOption", "setOption", "getRawOption", "setRawOption"],
    ...["fd", "setRef", "handleCounters", "poster", "post", "allocate"],
  ]),
};
