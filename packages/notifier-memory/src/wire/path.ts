/**
 * The way from one host to another: how long a packet takes, and what may befall it.
 *
 * A path is one direction. What a host sends to itself goes over a perfect one, unless the network
 * was told that its hazards apply there too.
 */
import type { Random } from "../random.js";
import type { NetworkSettings, Unreachable } from "../settings.js";
import type { Timeline } from "../timeline.js";

/** What everything in one network shares. */
export interface Medium {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly settings: NetworkSettings;
}

/** One direction between two hosts. */
export class Path {
  readonly medium: Medium;
  /** Nothing passes while this is set. */
  cut: Unreachable | null = null;
  readonly #perfect: boolean;
  #lastArrival = 0;

  constructor(medium: Medium, isLoopback: boolean) {
    this.medium = medium;
    this.#perfect = isLoopback && !medium.settings.loopback;
  }

  /** Milliseconds that the next packet takes, to the microsecond. */
  latency(): number {
    const [least, largest] = this.medium.settings.latencyMs;
    if (this.#perfect) return 0;
    if (least === largest) return least;
    const drawn = least + this.medium.random.next() * (largest - least);
    return Math.round(drawn * 1_000) / 1_000;
  }

  /** Whether the next packet is lost. */
  isLost(): boolean {
    return this.cut !== null || this.#befalls("loss");
  }

  /** Whether the next piece of a stream resets its connection. */
  isReset(): boolean {
    return this.#befalls("resets");
  }

  /** Sends one packet with no guarantee: `deliver` is called once, twice or never. */
  send(deliver: () => void): void {
    if (this.isLost()) return;
    const copies = this.#befalls("duplication") ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      this.medium.timeline.schedule(this.#delay(), () => {
        if (this.cut === null) deliver();
      });
    }
  }

  /** Packets arrive as they were sent, except one that is held back. */
  #delay(): number {
    const { timeline, random } = this.medium;
    const latency = this.latency();
    if (this.#befalls("reordering"))
      return latency + Math.max(1, latency) * (1 + 2 * random.next());
    this.#lastArrival = Math.max(this.#lastArrival, timeline.now + latency);
    return this.#lastArrival - timeline.now;
  }

  #befalls(hazard: "loss" | "duplication" | "reordering" | "resets"): boolean {
    return !this.#perfect && this.medium.random.chance(this.medium.settings[hazard]);
  }
}
