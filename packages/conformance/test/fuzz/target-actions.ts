/** Random calls of connect, listen and bind, and of the listeners that they give. */
import { bind, connect, Listener, listen } from "@pike-io/socket";
import type { Actions } from "./handle-actions.js";
import { remember } from "./socket-actions.js";

const OURS = { host: "127.0.0.1", port: 0 };
const handlers = [undefined, undefined, () => {}, () => Promise.reject(new Error("handler"))];

/** Where to, and with what. */
export const targetActions: Actions = {
  connect: (world) => {
    const target = { ...world.address(), ...world.options(), notifier: world.notifier() };
    return connect((world.random.chance(0.05) ? world.wrong() : target) as never).then((socket) =>
      world.keep(world.sockets, socket, (old) => void old.close()),
    );
  },
  "connect by name": (world) => {
    const { random } = world;
    const lookup = random.pick([
      undefined,
      () => Promise.resolve([world.address()]),
      world.wrong(),
    ]);
    const port = random.pick([9, world.wrong<number>()]);
    const target = { host: random.pick(["a.test", world.wrong()]), port, lookup };
    return connect({ ...target, notifier: world.notifier() } as never);
  },
  listen: (world) => {
    const { random } = world;
    const onPeerError = random.pick([undefined, () => {}, world.wrong()]);
    const backlog = random.pick([undefined, 1, world.wrong()]);
    const target = { ...world.address(), notifier: world.notifier(), onPeerError, backlog };
    const handler = random.pick([...handlers, world.wrong()]) as never;
    return listen(target as never, handler).then((listener) => {
      world.keep(world.addresses, listener.address);
      world.keep(world.listeners, listener, (old) => void old.close());
    });
  },
  bind: (world) => {
    const target = { type: "udp", ...world.address(), notifier: world.notifier() };
    return bind((world.random.chance(0.05) ? world.wrong() : target) as never).then((socket) => {
      world.keep(world.sockets, socket, (old) => void old.close());
      remember(world, socket);
    });
  },
  pair: (world) => {
    if (world.random.chance(0.5)) return undefined;
    return listen({ ...OURS, notifier: world.main }).then(async (listener) => {
      const { port } = listener.address as { port: number };
      const made = await Promise.all([
        listener.accept(),
        connect({ ...OURS, port, notifier: world.main }),
      ]);
      for (const one of made) world.keep(world.sockets, one, (old) => void old.close());
      await listener.close();
    });
  },
  listener: (world) => {
    if (world.listeners.length === 0) return undefined;
    const listener = world.random.pick(world.listeners);
    return world.random.pick<() => unknown>([
      () =>
        listener
          .accept()
          .then((peer) => world.keep(world.sockets, peer, (old) => void old.close())),
      () =>
        listener[Symbol.asyncIterator]()
          .next()
          .then(({ value }) => value?.close()),
      () => [listener.peerErrors, listener.address, listener.finished.catch(() => {})],
      () => listener.ref(),
      () => listener.unref(),
      () => (world.random.chance(0.2) ? listener.close() : undefined),
    ])();
  },
  "new Listener": (world) => new Listener(world.socket(), world.wrong() ?? {}, world.wrong()),
};
