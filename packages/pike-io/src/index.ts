/** Everything of pike in one import: sockets, any descriptor, signals and events. */
export { Event, type EventOptions } from "@pike-io/event";
export { type CancelOptions, type Detached, Handle, type Readiness } from "@pike-io/handle";
export {
  type Address,
  type EventMode,
  formatAddress,
  type HandleCounters,
  type IpAddress,
  type Notifier,
  type NotifierCounters,
  PikeError,
  type Poster,
  type SignalInfo,
  type SocketOptions,
  type UnixAddress,
} from "@pike-io/notifier";
export { binaryPath, type OpenNotifierOptions, openNotifier } from "@pike-io/notifier-native";
export { Signal } from "@pike-io/signal";
export {
  type Accepted,
  type Batch,
  type BatchOptions,
  type Datagram,
  Listener,
  type Lookup,
  type PeerHandler,
  type Pieces,
  type Received,
  Socket,
} from "@pike-io/socket";
export { defaultLookup, defaultNotifier } from "./default.js";
export {
  type BindTarget,
  bind,
  type ConnectTarget,
  connect,
  type ListenTarget,
  listen,
  post,
} from "./functions.js";
