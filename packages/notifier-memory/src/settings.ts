/** What a network can be told, with defaults and ranges. */
import { defaultLimits, type Limits, PikeError } from "@pike-io/notifier";

/** What a program is told of a host that does not answer. */
export type Unreachable = "EHOSTUNREACH" | "ETIMEDOUT";

/** Options of `new MemoryNetwork(…)`. Probabilities are from 0 to 1; all default to 0. */
export interface NetworkOptions {
  /**
   * Decides every random draw: equal seeds and equal programs give equal runs. 0 to 2^53 − 1;
   * default 1.
   */
  readonly seed?: number;
  /**
   * "manual": time moves by `clock.advance` and `poll`. "auto": it jumps to the next thing due when
   * the loop is idle.
   */
  readonly clock?: "manual" | "auto";
  /** One-way delay between two hosts, in milliseconds: a figure or [least, largest]. Default 0. */
  readonly latencyMs?: number | readonly [least: number, largest: number];
  /** A packet is lost. Datagrams are gone; streams send again, 200 ms and more later. */
  readonly loss?: number;
  /** A datagram arrives twice. */
  readonly duplication?: number;
  /** A datagram is held back, so that later ones overtake it. */
  readonly reordering?: number;
  /** A read from a stream gives fewer bytes than are there. */
  readonly shortReads?: number;
  /** A write to a stream takes fewer bytes than fit. */
  readonly shortWrites?: number;
  /** A piece of a stream's data resets its connection instead of arriving. */
  readonly resets?: number;
  /**
   * Bytes that a socket holds in each direction, until its options say otherwise. 1 to 2^30;
   * default 212,992.
   */
  readonly socketBuffer?: number;
  /**
   * What connecting to an address that nobody has ends in, and the default of `partition`. Default
   * EHOSTUNREACH.
   */
  readonly unreachable?: Unreachable;
  /**
   * Whether latency, loss, duplication, reordering and resets also befall what a host sends to
   * itself. Default false.
   */
  readonly loopback?: boolean;
  /** Limits of the notifiers, where `host` gives no others. */
  readonly limits?: Partial<Limits>;
}

/** The same, complete. */
export interface NetworkSettings extends Required<Omit<NetworkOptions, "latencyMs" | "limits">> {
  readonly latencyMs: readonly [least: number, largest: number];
  readonly limits: Limits;
}

const probabilities = [
  "loss",
  "duplication",
  "reordering",
  "shortReads",
  "shortWrites",
  "resets",
] as const;

/** Linux's net.core.rmem_default. */
const SOCKET_BUFFER = 212_992;

/** Checks options and fills in the rest. PIKE_TYPE, PIKE_RANGE. */
export function networkSettings(options: NetworkOptions): NetworkSettings {
  if (typeof options !== "object" || options === null) {
    throw PikeError.type("MemoryNetwork: options must be an object");
  }
  for (const name of probabilities) inRange(options[name] ?? 0, name, 0, 1);
  return {
    seed: whole(options.seed ?? 1, "seed", 0, Number.MAX_SAFE_INTEGER),
    clock: oneOf(options.clock ?? "manual", "clock", ["manual", "auto"]),
    latencyMs: latency(options.latencyMs ?? 0),
    loss: options.loss ?? 0,
    duplication: options.duplication ?? 0,
    reordering: options.reordering ?? 0,
    shortReads: options.shortReads ?? 0,
    shortWrites: options.shortWrites ?? 0,
    resets: options.resets ?? 0,
    socketBuffer: whole(options.socketBuffer ?? SOCKET_BUFFER, "socketBuffer", 1, 2 ** 30),
    unreachable: oneOf(options.unreachable ?? "EHOSTUNREACH", "unreachable", [
      "EHOSTUNREACH",
      "ETIMEDOUT",
    ]),
    loopback: flag(options.loopback ?? false, "loopback"),
    limits: notifierLimits(options.limits, defaultLimits),
  };
}

/** Checks limits and fills in those of `others`. */
export function notifierLimits(given: Partial<Limits> | undefined, others: Limits): Limits {
  const limits = { ...others, ...given };
  whole(limits.handles, "limits.handles", 1, 1_048_576);
  whole(limits.queue, "limits.queue", 1, 65_535);
  whole(limits.immediate, "limits.immediate", 1, 65_535);
  return limits;
}

function latency(value: number | readonly [number, number]): readonly [number, number] {
  if (typeof value !== "number" && !Array.isArray(value)) {
    throw PikeError.type("latencyMs must be a number, or [least, largest]");
  }
  const [least, largest] = typeof value === "number" ? [value, value] : value;
  inRange(least, "latencyMs", 0, 86_400_000);
  inRange(largest, "latencyMs", least, 86_400_000);
  return [least, largest];
}

function inRange(value: number, name: string, least: number, largest: number): number {
  if (typeof value !== "number") throw PikeError.type(`${name} must be a number`);
  if (!(value >= least && value <= largest)) {
    throw PikeError.range(`${name} must be from ${least} to ${largest}, not ${value}`);
  }
  return value;
}

/** Checks a whole number. */
export function whole(value: number, name: string, least: number, largest: number): number {
  inRange(value, name, least, largest);
  if (!Number.isInteger(value))
    throw PikeError.range(`${name} must be a whole number, not ${value}`);
  return value;
}

/** Checks one of several words. */
export function oneOf<Word extends string>(
  value: Word,
  name: string,
  words: readonly Word[],
): Word {
  if (typeof value !== "string") throw PikeError.type(`${name} must be a string`);
  if (!words.includes(value)) {
    throw PikeError.range(
      `${name} must be one of ${words.join(", ")}, not ${JSON.stringify(value)}`,
    );
  }
  return value;
}

function flag(value: boolean, name: string): boolean {
  if (typeof value !== "boolean") throw PikeError.type(`${name} must be true or false`);
  return value;
}
