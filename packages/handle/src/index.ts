/** Handles: any descriptor over any notifier. */
export { type CancelOptions, checkBuffer, checkBuffers, checkInteger, describe } from "./check.js";
export { ChunkIterator } from "./chunks.js";
export { Handle, type Readiness } from "./handle.js";
export { type Detached, type HandleState, Registered } from "./registered.js";
export { HandleRequest, type Shape, submitRequest } from "./request.js";
