/** One entry for each public function: calls it with random arguments and gives what it returned. */
import { Event } from "@pike-io/event";
import { Handle } from "@pike-io/handle";
import {
  formatAddress,
  Operation,
  type OptionName,
  optionTable,
  parseIpv4,
  parseIpv6,
  requireContract,
  validateAddress,
} from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { bind, connect, Listener, listen, Socket } from "@pike-io/socket";
import { Probe } from "../../dist/probe.js";
import { junk, spoil } from "./values.js";
import { openings, type World } from "./world.js";

/** Calls one function. What it returns may be a promise; what it throws is looked at. */
export type Action = (world: World) => unknown;

const optionNames = Object.keys(optionTable) as OptionName[];
const OURS = { host: "127.0.0.1", port: 0 };
const handlers = [undefined, undefined, () => {}, () => Promise.reject(new Error("handler"))];

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

const handleActions: { readonly [name: string]: Action } = {
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

const socketActions: { readonly [name: string]: Action } = {
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

const targetActions: { readonly [name: string]: Action } = {
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

const otherActions: { readonly [name: string]: Action } = {
  event: (world) => {
    const { random } = world;
    if (world.events.length < 3 || random.chance(0.05)) {
      const mode = random.pick(["coalescing", "counting", "semaphore", world.wrong()] as const);
      const event = openings.event(world.notifier(), mode as "counting");
      return void world.keep(world.events, event, (old) => void old.close());
    }
    const event = random.pick(world.events);
    return random.pick<() => unknown>([
      () => event.wait(world.options()),
      () => event.post(random.pick([1, 5, undefined, world.wrong<number>()])),
      () => Event.post(world.notifier(), random.pick([event.poster(), world.wrong()]), 1),
      () => event[Symbol.asyncIterator]().return?.(),
      () => [event.state, event.fd, event.counters, event.ref()],
      () => (random.chance(0.1) ? event.close() : undefined),
    ])();
  },
  signal: (world) => {
    const { random } = world;
    if (world.signals.length < 2 || random.chance(0.02)) {
      const names = random.pick(["SIGUSR2", ["SIGWINCH", "SIGUSR2"], ["SIGKILL"], world.wrong()]);
      const signal = openings.signal(world.notifier(), names as never);
      return void world.keep(world.signals, signal, (old) => void old.close());
    }
    const signal = random.pick(world.signals);
    if (world.isNative && random.chance(0.02)) process.kill(process.pid, "SIGWINCH");
    if (random.chance(0.05)) return signal.close();
    return signal.wait(world.options());
  },
  notifier: (world) => {
    const { random } = world;
    if (world.notifiers.length < 4) {
      return void world.notifiers.push(world.open(random.pick(["attached", "manual"])));
    }
    const index = 1 + random.below(world.notifiers.length - 1);
    const notifier = world.notifiers[index] as (typeof world.notifiers)[number];
    return random.pick<() => unknown>([
      () => notifier.poll(random.pick([0, 0.5, 1, Number.NaN, -2, world.wrong<"x">() as never])),
      () => [notifier.counters, notifier.backend, notifier.reason, notifier.closed],
      () => notifier.ref(),
      () => notifier.unref(),
      () => {
        if (random.chance(0.9)) return undefined;
        world.notifiers.splice(index, 1);
        return notifier.close();
      },
    ])();
  },
  submit: (world) => {
    const { random } = world;
    const { read, write, recvFrom, accept, timer, wait, close, signal, event } = Operation;
    const operation = random.pick([
      read,
      write,
      recvFrom,
      accept,
      timer,
      wait,
      close,
      signal,
      event,
    ]);
    const handle = random.pick([
      -1,
      0,
      Number.NaN,
      1e300,
      2 ** 53 - 1,
      0.5,
      2 ** 20 + random.below(40),
    ]);
    const probe = new Probe(operation, operation === timer ? -1 : handle, {
      buffer: random.pick([null, new Uint8Array(4), [], [new Uint8Array(2)]]),
      size: random.pick([0, 1, 65_536, 2 ** 31]),
      flags: random.below(8),
      timeoutMs: random.pick([-1, 0, 1, 3]),
    });
    const notifier = random.pick(world.notifiers);
    probe.submit(notifier);
    if (random.chance(0.5)) probe.cancel(notifier);
    return undefined;
  },
  "open functions": (world) => {
    const { random } = world;
    return random.pick<() => unknown>([
      () =>
        openNotifier({
          backend: world.wrong(),
          drive: world.wrong(),
          limits: world.wrong(),
        }).close(),
      () => openNotifier({ limits: { handles: world.wrong() } }).close(),
      () => new MemoryNetwork({ seed: world.wrong(), latencyMs: world.wrong() }),
      () => world.network.host(world.wrong(), { drive: world.wrong() }),
      () =>
        requireContract(world.wrong(), {
          layer: "x",
          version: "1",
          major: 1,
          minor: 0,
          operations: [],
        }),
    ])();
  },
  addresses: (world) => {
    const { random } = world;
    const text = random.pick(["1.2.3.4", "::", "1::2:3", "fe80::1%2", ":::", "", "\0".repeat(9)]);
    parseIpv4(text);
    parseIpv6(text);
    return formatAddress(validateAddress(random.pick([world.address(), world.wrong()])));
  },
  "give up": (world) => world.controller().abort(),
  "take memory away": (world) => {
    if (world.buffers.length > 0) spoil(world.random.pick(world.buffers), world.random);
  },
};

/** Where a socket is, once it is somewhere, is worth connecting to. */
function remember(world: World, socket: Socket): void {
  const address = socket.getBindAddress();
  if ("port" in address && address.port === 0) return;
  world.keep(world.addresses, address);
}

/** Every action by its name. */
export const actions: readonly (readonly [name: string, action: Action])[] = Object.entries({
  ...handleActions,
  ...socketActions,
  ...targetActions,
  ...otherActions,
});
