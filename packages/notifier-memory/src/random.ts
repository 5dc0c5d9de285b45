/**
 * Seeded random numbers, so that a run can be repeated exactly.
 *
 * The generator is sfc32 ("small fast counting", from PractRand): 128 bits of state, a few
 * additions and shifts a draw. It is no source of secrets.
 */

/** A stream of random numbers that depends on the seed alone. */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is any whole number up to 2^53 − 1; equal seeds give equal streams. */
  constructor(seed: number) {
    this.#a = 0x9e3779b9;
    this.#b = seed | 0;
    this.#c = Math.floor(seed / 0x1_0000_0000) | 0;
    // Neighbouring seeds start alike; a dozen rounds separate them.
    for (let i = 0; i < 12; i++) this.#word();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    return (this.#word() >>> 0) / 0x1_0000_0000;
  }

  /**
   * True with this probability. 0 and 1 draw nothing, so hazards that are off leave the stream
   * alone.
   */
  chance(probability: number): boolean {
    if (probability <= 0) return false;
    return probability >= 1 || this.next() < probability;
  }

  /** A whole number from `least` to `largest`, both included. */
  between(least: number, largest: number): number {
    return least + Math.floor(this.next() * (largest - least + 1));
  }

  #word(): number {
    const result = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result;
  }
}
