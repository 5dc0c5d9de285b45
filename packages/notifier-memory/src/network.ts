/**
 * A network in memory: hosts, what lies between them, and the clock.
 *
 * Everything that happens is drawn from the seed and ordered by the clock, so a run can be had
 * again exactly. The network owns all bytes on their way; closing a notifier gives back what its
 * host held for it.
 */
import {
  type Dispatch,
  type IpAddress,
  type Limits,
  PikeError,
  validateAddress,
} from "@pike-io/notifier";
import { Clock } from "./clock.js";
import { type Directory, Host } from "./host/host.js";
import { MemoryNotifier } from "./host/notifier.js";
import { Loop } from "./loop.js";
import { Random } from "./random.js";
import {
  type NetworkOptions,
  networkSettings,
  notifierLimits,
  oneOf,
  type Unreachable,
  whole,
} from "./settings.js";
import { endpointOf, isBroadcast, isLoopback, isMulticast, isWildcard } from "./socket/endpoint.js";
import { Timeline } from "./timeline.js";
import type { End } from "./wire/end.js";
import type { Medium } from "./wire/path.js";

/** How a host's notifier is driven. */
export interface HostOptions {
  /**
   * "attached": by the runtime's loop (the default). "manual": by `poll`, which moves the clock.
   */
  readonly drive?: "attached" | "manual";
  /** Decides how completions are delivered; see `Dispatch`. */
  readonly dispatch?: Dispatch;
  /** Limits that differ from the network's. */
  readonly limits?: Partial<Limits>;
  /** The user that it runs as, for `allowUid`. Default 1000. */
  readonly uid?: number;
}

/** How a partition shows. */
export interface PartitionOptions {
  /**
   * What connecting ends in: at once, or after 127 s of silence. Default: the network's
   * `unreachable`.
   */
  readonly error?: Unreachable;
}

/** Hosts that talk to each other in this process and nowhere else. */
export class MemoryNetwork {
  /** The clock of everything here. */
  readonly clock: Clock;
  readonly #medium: Medium;
  readonly #loop: Loop;
  readonly #hosts: Host[] = [];
  readonly #addresses = new Map<string, Host>();
  readonly #directory: Directory;

  /** PIKE_TYPE and PIKE_RANGE for wrong options. */
  constructor(options: NetworkOptions = {}) {
    const settings = networkSettings(options);
    const timeline = new Timeline();
    this.#medium = { timeline, random: new Random(settings.seed), settings };
    this.#loop = new Loop(timeline, settings.clock === "auto");
    this.clock = new Clock(timeline, this.#loop);
    this.#directory = {
      medium: this.#medium,
      hosts: this.#hosts,
      locate: (text) => this.#addresses.get(text),
    };
  }

  /**
   * A notifier on the host with this address, or with all of these: a new host, or one more
   * notifier on the one that has it. 127.0.0.1, ::1 and Unix names are each host's own. PIKE_RANGE
   * for an address that no host can have, PIKE_STATE for addresses of different hosts.
   */
  host(addresses: string | readonly string[], options: HostOptions = {}): MemoryNotifier {
    const { drive = "attached", dispatch = null, uid = 1_000 } = options;
    oneOf(drive, "drive", ["attached", "manual"]);
    whole(uid, "uid", 0, 0xffff_ffff);
    if (dispatch !== null && typeof dispatch !== "function") {
      throw PikeError.type("dispatch must be a function");
    }
    const limits = notifierLimits(options.limits, this.#medium.settings.limits);
    const host = this.#hostWith(typeof addresses === "string" ? [addresses] : addresses);
    const loop = drive === "attached" ? this.#loop : null;
    const { timeline } = this.#medium;
    return new MemoryNotifier(host, uid, { timeline, loop, limits, dispatch });
  }

  /** Lets nothing pass between two hosts, each given by one of its addresses, until `heal`. */
  partition(a: string, b: string, options: PartitionOptions = {}): void {
    const error = options.error ?? this.#medium.settings.unreachable;
    this.#cut(a, b, oneOf<Unreachable>(error, "error", ["EHOSTUNREACH", "ETIMEDOUT"]));
  }

  /** Lets packets pass again. What streams hold back follows with their next retry. */
  heal(a: string, b: string): void {
    this.#cut(a, b, null);
  }

  /**
   * Resets TCP connections, so that both ends get ECONNRESET: all, those of one host, or those
   * between two. Returns how many.
   */
  reset(a?: string, b?: string): number {
    const one = a === undefined ? null : this.#known(a);
    const other = b === undefined ? null : this.#known(b);
    let count = 0;
    for (const end of this.#ends(one, other)) {
      if (end.dead) continue;
      end.cutThrough();
      count++;
    }
    return count;
  }

  #ends(one: Host | null, other: Host | null): End[] {
    const ends: End[] = [];
    for (const host of one === null ? this.#hosts : [one]) {
      for (const [end, peer] of host.connections) {
        if (other === null || peer === other) ends.push(end);
      }
    }
    return ends;
  }

  #cut(a: string, b: string, cut: Unreachable | null): void {
    const [one, other] = [this.#known(a), this.#known(b)];
    if (one === other) throw PikeError.range(`${a} and ${b} are the same host`);
    one.pathTo(other).cut = cut;
    other.pathTo(one).cut = cut;
  }

  #known(address: string): Host {
    const host = this.#addresses.get(canonical(address).address);
    if (host === undefined)
      throw PikeError.range(`no host of this network has the address ${address}`);
    return host;
  }

  #hostWith(addresses: readonly string[]): Host {
    if (!Array.isArray(addresses) || addresses.length === 0) {
      throw PikeError.type("host: expected an address, or an array of addresses");
    }
    const own = addresses.map(canonical);
    const present = new Set(own.flatMap(({ address }) => this.#addresses.get(address) ?? []));
    if (present.size > 1) {
      throw new PikeError(
        "PIKE_STATE",
        `host: ${addresses.join(", ")} are different hosts' addresses`,
      );
    }
    const [host = this.#add()] = present;
    for (const { address, family } of own) {
      this.#addresses.set(address, host);
      host.addAddress(address, family);
    }
    return host;
  }

  #add(): Host {
    const host = new Host(this.#directory);
    this.#hosts.push(host);
    return host;
  }
}

/** An address that a host can have, in canonical form. */
function canonical(text: string): IpAddress {
  const address = validateAddress({ address: text, port: 0 }, "host") as IpAddress;
  const { text: plain, family } = endpointOf(address);
  const impossible =
    isLoopback(plain) || isWildcard(plain) || isMulticast(plain) || isBroadcast(plain);
  if (impossible || family !== address.family) {
    throw PikeError.range(`${text} cannot be the address of one host`);
  }
  return address;
}
