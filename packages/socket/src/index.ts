/** Sockets over any notifier: TCP, UDP and Unix streams. */
export type { Accepted } from "./accepting.js";
export type { Batch } from "./batch.js";
export type { BatchOptions, Datagram, Pieces } from "./batches.js";
export { type BindTarget, bind } from "./bind.js";
export { type ConnectTarget, connect } from "./connect.js";
export { type ListenTarget, listen } from "./listen.js";
export { Listener, type PeerHandler } from "./listener.js";
export { type Received, Socket } from "./socket.js";
export type { Lookup, Resolved, SocketEnvironment } from "./target.js";
