/**
 * The ports of one host and one protocol: who is bound where, who may be bound beside whom, and who
 * gets what arrives. See socket(7) for SO_REUSEADDR and SO_REUSEPORT.
 *
 * Simpler than a kernel: no port waits in TIME_WAIT, and one ephemeral port serves one connection.
 */
import { type Endpoint, type IpFamily, isWildcard } from "../socket/endpoint.js";

/** What the table asks of a socket. */
export interface PortOwner {
  readonly reuseAddress: boolean;
  readonly reusePort: boolean;
  readonly listening: boolean;
}

/** One socket's claim to a port. */
export interface Binding<Owner> {
  readonly owner: Owner;
  readonly text: string;
  readonly port: number;
  /** The families of what may arrive: both for an IPv6 wildcard without IPV6_V6ONLY. */
  readonly covers: readonly IpFamily[];
}

/** Linux's net.ipv4.ip_local_port_range. */
const FIRST_EPHEMERAL = 32_768;
const LAST_EPHEMERAL = 60_999;

/** Claims to ports. */
export class PortTable<Owner extends PortOwner> {
  readonly #ports = new Map<number, Binding<Owner>[]>();
  readonly #sharedByReuseAddress: "always" | "unless listening";
  #nextEphemeral = FIRST_EPHEMERAL;

  /** UDP sockets with SO_REUSEADDR share a port; TCP ones only while none of them listens. */
  constructor(sharedByReuseAddress: "always" | "unless listening") {
    this.#sharedByReuseAddress = sharedByReuseAddress;
  }

  /** Claims a port, 0 for a free one; null when it is taken, or none is free. */
  claim(
    owner: Owner,
    text: string,
    port: number,
    covers: readonly IpFamily[],
  ): Binding<Owner> | null {
    const chosen = port === 0 ? this.#ephemeral() : port;
    if (chosen === null) return null;
    const binding: Binding<Owner> = { owner, text, port: chosen, covers };
    const others = this.#ports.get(chosen) ?? [];
    if (others.some((other) => this.#conflict(binding, other))) return null;
    this.share(binding);
    return binding;
  }

  /** Adds a claim without asking: an accepted connection uses its listener's port. */
  share(binding: Binding<Owner>): void {
    const bindings = this.#ports.get(binding.port);
    if (bindings === undefined) this.#ports.set(binding.port, [binding]);
    else bindings.push(binding);
  }

  /** Whether a socket that is bound may begin to listen. */
  mayListen(binding: Binding<Owner>): boolean {
    const others = this.#ports.get(binding.port) ?? [];
    const shared = binding.owner.reusePort;
    return !others.some(
      (other) =>
        other.owner !== binding.owner &&
        other.owner.listening &&
        overlap(binding, other) &&
        !(shared && other.owner.reusePort),
    );
  }

  release(binding: Binding<Owner>): void {
    const bindings = this.#ports.get(binding.port);
    const index = bindings?.indexOf(binding) ?? -1;
    if (bindings === undefined || index < 0) return;
    bindings.splice(index, 1);
    if (bindings.length === 0) this.#ports.delete(binding.port);
  }

  /**
   * Who gets what `from` sends to `to`: the best match by `rank` (0 and less: not at all), an exact
   * address before a wildcard. Among equals a group with SO_REUSEPORT shares by the sender's port,
   * else the last one bound wins.
   */
  find(to: Endpoint, from: Endpoint, rank: (owner: Owner) => number): Owner | undefined {
    let best = 0;
    let matches: Owner[] = [];
    for (const binding of this.matching(to)) {
      const own = rank(binding.owner);
      if (own <= 0) continue;
      const score =
        own * 4 + (isWildcard(binding.text) ? 0 : 2) + (binding.covers.length === 1 ? 1 : 0);
      if (score > best) {
        best = score;
        matches = [];
      }
      if (score === best) matches.push(binding.owner);
    }
    const group = matches.every((owner) => owner.reusePort);
    return group ? matches[from.port % matches.length] : matches.at(-1);
  }

  /** Every claim that `to` fits. */
  matching(to: Endpoint): Binding<Owner>[] {
    const bindings = this.#ports.get(to.port) ?? [];
    return bindings.filter(
      ({ text, covers }) => covers.includes(to.family) && (isWildcard(text) || text === to.text),
    );
  }

  /** Every claim to a port, whatever its address. */
  onPort(port: number): readonly Binding<Owner>[] {
    return this.#ports.get(port) ?? [];
  }

  #conflict(a: Binding<Owner>, b: Binding<Owner>): boolean {
    if (!overlap(a, b)) return false;
    if (a.owner.reusePort && b.owner.reusePort) return false;
    if (!a.owner.reuseAddress || !b.owner.reuseAddress) return true;
    return this.#sharedByReuseAddress === "unless listening" && b.owner.listening;
  }

  #ephemeral(): number | null {
    const count = LAST_EPHEMERAL - FIRST_EPHEMERAL + 1;
    for (let i = 0; i < count; i++) {
      const port = this.#nextEphemeral;
      this.#nextEphemeral = port === LAST_EPHEMERAL ? FIRST_EPHEMERAL : port + 1;
      if (!this.#ports.has(port)) return port;
    }
    return null;
  }
}

function overlap<Owner>(a: Binding<Owner>, b: Binding<Owner>): boolean {
  if (!a.covers.some((family) => b.covers.includes(family))) return false;
  return isWildcard(a.text) || isWildcard(b.text) || a.text === b.text;
}
