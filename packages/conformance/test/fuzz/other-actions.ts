/** Random calls of events, signals, notifiers and addresses, and what a program does meanwhile. */
import { Event } from "@pike-io/event";
import {
  formatAddress,
  Operation,
  parseIpv4,
  parseIpv6,
  requireContract,
  validateAddress,
} from "@pike-io/notifier";
import { MemoryNetwork } from "@pike-io/notifier-memory";
import { openNotifier } from "@pike-io/notifier-native";
import { Probe } from "../../dist/probe.js";
import type { Actions } from "./handle-actions.js";
import { spoil } from "./values.js";
import { signals, stage } from "./windows.js";
import { openings } from "./world.js";

/** The rest. */
export const otherActions: Actions = {
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
      const names = random.pick([signals[0], [signals[1], signals[0]], ["SIGKILL"], world.wrong()]);
      const signal = openings.signal(world.notifier(), names as never);
      return void world.keep(world.signals, signal, (old) => void old.close());
    }
    const signal = random.pick(world.signals);
    // On Windows it would end the process where nobody waits any more.
    if (world.isNative && stage === null && random.chance(0.02)) {
      process.kill(process.pid, signals[1]);
    }
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
    const { recvMany, sendMany, acceptMany } = Operation;
    const operation = random.pick([
      recvMany,
      sendMany,
      acceptMany,
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
