/** Random calls about many datagrams and many connections at once. */
import type { Batch, Datagram, Pieces, Socket } from "@pike-io/socket";
import type { Actions } from "./handle-actions.js";
import type { World } from "./world.js";

function datagrams(world: World): (Uint8Array | Datagram)[] {
  const { random } = world;
  return Array.from({ length: random.below(80) }, () =>
    random.chance(0.5)
      ? world.buffer()
      : { data: world.buffer(), address: random.chance(0.5) ? world.address() : undefined },
  );
}

function pieces(world: World): Pieces {
  const size = world.random.pick([1, 7, 1_000, 65_535, 0, world.wrong<number>()]);
  return { data: world.buffer(), size, address: world.address() };
}

/** Keeps what a step gave: it is looked at whether it is still lent or not. */
function remember(world: World, { value }: IteratorResult<Batch, undefined>): void {
  if (value !== undefined) world.keep(world.batches, value);
}

/** Everything of batches. */
export const batchActions: Actions = {
  "socket.batches": (world) => {
    const size = world.random.pick([undefined, 1, 100, 65_536, world.wrong<number>()]);
    const iterator = world.socket().batches({ ...world.options(), size });
    world.keep(world.steps, iterator);
  },
  "batches.next": (world) => {
    if (world.steps.length === 0) return undefined;
    const iterator = world.random.pick(world.steps);
    if (world.random.chance(0.1)) return iterator.return?.();
    return iterator.next().then((step) => remember(world, step));
  },
  "a batch's datagrams": (world) => {
    if (world.batches.length === 0) return undefined;
    const batch = world.random.pick(world.batches);
    const index = world.random.chance(0.9)
      ? world.random.below(Math.max(batch.count, 1))
      : world.wrong<number>();
    const found = [batch.offset(index), batch.length(index), batch.truncated(index)];
    return [found, batch.address(index), batch.bytes(index).length];
  },
  "a batch's memory": (world) => {
    if (world.batches.length === 0) return undefined;
    const { data } = world.random.pick(world.batches);
    data.fill(world.random.below(256), 0, 100);
    return structuredClone(data.subarray(0, 10));
  },
  "socket.sendMany": (world) =>
    world
      .socket()
      .sendMany(
        world.random.pick([datagrams(world), pieces(world), world.wrong<Pieces>()]),
        world.options(),
      ),
  "socket.acceptMany": (world) =>
    world
      .socket()
      .acceptMany(world.random.pick([1, 3, 64, undefined, world.wrong<number>()]), world.options())
      .then((peers) => {
        for (const peer of peers)
          world.keep(world.sockets, peer, (old: Socket) => void old.close());
      }),
};
