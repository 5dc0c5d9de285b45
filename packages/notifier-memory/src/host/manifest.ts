/**
 * What the notifier in memory serves. Left out: adopt, detach and raw options, which need
 * descriptors.
 */
import {
  type Contract,
  contract,
  contractVersion,
  type Notifier,
  type OperationName,
} from "@pike-io/notifier";

const requests: readonly OperationName[] = [
  "read",
  "write",
  "recvFrom",
  "sendTo",
  "accept",
  "connect",
  "wait",
  "timer",
  "close",
  "signal",
  "event",
  "recvMany",
  "sendMany",
  "acceptMany",
];

const functions: readonly (keyof Notifier)[] = [
  "openSocket",
  "bind",
  "listen",
  "shutdown",
  "localAddress",
  "peerAddress",
  "getOption",
  "setOption",
  "openSignal",
  "openEvent",
  "poster",
  "post",
  "allocate",
  "setRef",
  "handleCounters",
];

/**
 * Who the notifier in memory is, and its manifest: requests by the names of their operations, and
 * the plain functions.
 */
const memoryContract: Contract = {
  name: "@pike-io/notifier-memory 0.1.0",
  major: contractVersion.major,
  minor: contractVersion.minor,
  operations: new Set<string>([...requests, ...functions.map(String)]),
};

/** What carries the contract: the base of the notifier. */
export const Contracted: new () => Pick<Notifier, typeof contract> = class {
  readonly [contract] = memoryContract;
};
