/**
 * The contract between pike's layers and a notifier. Everything a layer or an implementation may
 * know is exported here.
 */
export {
  type AbstractAddress,
  type Address,
  type Family,
  formatAddress,
  formatIpv4,
  formatIpv6,
  type IpAddress,
  ipv4Number,
  parseIpv4,
  parseIpv6,
  type SocketAddress,
  UNIX_NAME_BYTES_MAX,
  type UnixAddress,
  validateAddress,
} from "./address.js";
export { Allocations } from "./allocation.js";
export { Batch, type Dispatch, type Task } from "./batch.js";
export { Code, type CodeName, codeName, describeCode } from "./codes.js";
export {
  type Contract,
  contract,
  contractVersion,
  type Requirement,
  requireContract,
} from "./contract.js";
export type { HandleCounters, NotifierCounters } from "./counters.js";
export { type ErrorContext, PikeError, type PikeErrorCode, systemError } from "./error.js";
export { lastingMemory } from "./lasting.js";
export { defaultLimits, type Limits } from "./limits.js";
export {
  type Loan,
  RUN_CUT,
  RUN_LENGTH,
  RUN_NUMBERS,
  RUN_OFFSET,
  RUN_SEGMENT,
  RUNS_MAX,
} from "./loan.js";
export type {
  BindOptions,
  Direction,
  EventMode,
  HandleId,
  ListenOptions,
  Notifier,
  Poster,
  SocketKind,
  SocketType,
} from "./notifier.js";
export {
  type GroupMembership,
  type OptionKind,
  type OptionName,
  type OptionRow,
  type OptionValue,
  optionTable,
  type SocketOptions,
} from "./option.js";
export {
  ALL,
  Operation,
  type OperationName,
  PENDING,
  READABLE,
  type Request,
  type SignalInfo,
  WRITABLE,
} from "./request.js";
