/** Random calls of sockets, and of their options. */
import { type OptionName, optionTable } from "@pike-io/notifier";
import { Socket } from "@pike-io/socket";
import type { Actions } from "./handle-actions.js";
import { junk } from "./values.js";
import type { World } from "./world.js";

const optionNames = Object.keys(optionTable) as OptionName[];

/** A value for an option: right for many of them, wrong for the others. */
function optionValue(world: World): never {
  const { random } = world;
  const values: readonly unknown[] = [
    ...[true, false, 0, 1, 16, 4_096, null],
    { group: "239.1.2.3" },
    { group: "239.1.2.3", interface: 1, source: "127.0.0.1" },
    junk(random),
  ];
  return random.pick(values) as never;
}

function level(world: World): number {
  return world.random.chance(0.1) ? world.wrong() : world.random.pick([0, 1, 6, 17, 41]);
}

// Netfilter's options begin at 64 and change the whole machine: they are refused, and left alone.
function optionNumber(world: World): number {
  return world.random.chance(0.1) ? world.wrong() : world.random.below(60);
}

/** Everything that a socket can be told. */
export const socketActions: Actions = {
  "Socket.open": (world) => {
    const { random } = world;
    const family = random.pick(["ipv4", "ipv6", "unix", world.wrong<"ipv4">()] as const);
    return Socket.open(family, random.pick(["stream", "datagram", world.wrong<"stream">()]));
  },
  "socket.registerTo": (world) => {
    const socket = Socket.open("ipv4", "stream").registerTo(world.notifier());
    world.keep(world.sockets, socket, (old) => void old.close());
  },
  "socket.registerTo again": (world) => world.socket().registerTo(world.notifier()),
  "socket.bind": (world) => {
    const socket = world.socket();
    const mode = world.random.pick([0o600, 0o666, world.wrong<number>()]);
    socket.bind(world.address(), world.random.pick([undefined, { mode }, world.wrong()]));
    remember(world, socket);
  },
  "socket.listen": (world) => {
    const socket = world.socket();
    const allowUid = world.random.pick([null, 0, world.wrong<number>()]);
    socket.listen(
      world.random.pick([0, 1, 100, undefined, world.wrong<number>()]),
      world.random.pick([undefined, undefined, { allowUid }, world.wrong()]),
    );
    remember(world, socket);
  },
  "socket.accept": (world) =>
    world
      .socket()
      .accept(world.options())
      .then(({ socket }) => world.keep(world.sockets, socket, (old) => void old.close())),
  "socket.connect": (world) => world.socket().connect(world.address(), world.options()),
  "socket.recv": (world) => world.socket().recv(world.buffer(), world.options()),
  "socket.recvFrom": (world) => world.socket().recvFrom(world.buffer(), world.options()),
  "socket.send": (world) => world.socket().send(world.buffer(), world.options()),
  "socket.sendTo": (world) =>
    world.socket().sendTo(world.buffer(), world.address(), world.options()),
  "socket.shutdown": (world) =>
    world.socket().shutdown(world.random.pick(["read", "write", "both", world.wrong()])),
  "socket.abort": (world) => (world.random.chance(0.1) ? world.socket().abort() : undefined),
  "socket.addresses": (world) => [world.socket().getBindAddress(), world.socket().getPeerAddress()],
  "socket.kind": (world) => [world.socket().family, world.socket().type],
  "socket.get": (world) =>
    world
      .socket()
      .get(world.random.chance(0.9) ? world.random.pick(optionNames) : world.wrong<OptionName>()),
  "socket.set": (world) =>
    world
      .socket()
      .set(
        world.random.chance(0.9) ? world.random.pick(optionNames) : world.wrong<OptionName>(),
        optionValue(world),
      ),
  "socket.getOption": (world) =>
    world
      .socket()
      .getOption(
        level(world),
        optionNumber(world),
        world.random.pick([0, 4, 16, 4_096, world.wrong<number>()]),
      ),
  "socket.setOption": (world) =>
    world.socket().setOption(level(world), optionNumber(world), world.buffer()),
};

/** Where a socket is, once it is somewhere, is worth connecting to. */
export function remember(world: World, socket: Socket): void {
  const address = socket.getBindAddress();
  if ("port" in address && address.port === 0) return;
  world.keep(world.addresses, address);
}
