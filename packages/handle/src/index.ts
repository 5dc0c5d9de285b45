/** Handles: any descriptor over any notifier. */
export { type CancelOptions, checkBuffer, checkBuffers, checkInteger, describe } from "./check.js";
export { ChunkIterator } from "./chunks.js";
export { type Detached, Handle, type HandleState, type Readiness } from "./handle.js";
export { HandleRequest, type Shape, submitRequest } from "./request.js";
