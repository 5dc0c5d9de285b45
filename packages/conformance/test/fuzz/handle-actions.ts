/** Random calls of handles, and of the iterators over them. */
import { Handle } from "@pike-io/handle";
import type { World } from "./world.js";

/** Calls one function. What it returns may be a promise; what it throws is looked at. */
export type Action = (world: World) => unknown;

/** Some actions by their names. */
export type Actions = { readonly [name: string]: Action };

/** Reading, writing, closing, adopting. */
export const handleActions: Actions = {
  "handle.read": (world) => world.handle().read(world.buffer(), world.options()),
  "handle.readv": (world) => world.handle().readv(world.buffersList(), world.options()),
  "handle.readChunk": (world) =>
    world
      .handle()
      .readChunk(world.random.pick([1, 10, 65_536, undefined, world.wrong()]), world.options()),
  "handle.write": (world) => world.handle().write(world.buffer(), world.options()),
  "handle.writeAll": (world) => world.handle().writeAll(world.buffer(), world.options()),
  "handle.writev": (world) => world.handle().writev(world.buffersList(), world.options()),
  "handle.wait": (world) =>
    world
      .handle()
      .wait(world.random.pick(["read", "write", "both", world.wrong()]), world.options()),
  "handle.close": (world) => (world.random.chance(0.1) ? world.handle().close() : undefined),
  "handle.dispose": (world) =>
    world.random.chance(0.1) ? world.handle()[Symbol.asyncDispose]() : undefined,
  "handle.state": (world) => world.handle().state,
  "handle.fd": (world) => world.handle().fd,
  "handle.counters": (world) => world.handle().counters,
  "handle.ref": (world) =>
    world.random.chance(0.5) ? world.handle().ref() : world.handle().unref(),
  "handle.chunks": (world) => {
    const size = world.random.pick([1, 100, undefined, world.wrong<number>()]);
    world.keep(world.iterators, world.handle().chunks(size));
  },
  "iterator.next": (world) => {
    if (world.iterators.length === 0) return undefined;
    const iterator = world.random.pick(world.iterators);
    return world.random.chance(0.9) ? iterator.next() : iterator.return?.();
  },
  "handle.detach": (world) => {
    if (world.random.chance(0.8)) return undefined;
    return world
      .handle()
      .detach()
      .then(({ fd }) => world.descriptors.add(fd));
  },
  "Handle.adopt": (world) => {
    const fd = world.descriptor();
    const handle = Handle.adopt(world.notifier(), fd);
    world.descriptors.delete(fd);
    world.keep(world.handles, handle, (old) => void old.close());
  },
};
