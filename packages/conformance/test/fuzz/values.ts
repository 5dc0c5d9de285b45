/** Random values, right and wrong, from one seed. */

/** A small seeded generator (mulberry32): equal seeds, equal calls. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number from 0 up to, not including, `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  /** Whether something of this probability happens. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of several. */
  pick<Value>(values: readonly Value[]): Value {
    return values[this.below(values.length)] as Value;
  }
}

/** Objects that misbehave when they are looked at. */
const hostile: readonly unknown[] = [
  new Proxy(
    {},
    {
      get() {
        throw new Error("do not look");
      },
    },
  ),
  {
    get port(): number {
      throw new RangeError("no port");
    },
    address: "127.0.0.1",
  },
  { toString: () => 1, valueOf: () => ({}) },
  Object.create(null),
];

/**
 * Any value at all. No whole number of 0 to 10^6, which could be somebody's descriptor, and no text
 * that could be a path outside the folder.
 */
export function junk(random: Random): unknown {
  return random.pick<() => unknown>([
    () => undefined,
    () => null,
    () => random.chance(0.5),
    () => -random.below(100) - 1,
    () => random.next() * 10 + 0.01,
    () =>
      random.pick([Number.NaN, Number.POSITIVE_INFINITY, -0.5, 2 ** 31, 2 ** 32, 2 ** 53, 1e300]),
    () => BigInt(random.below(100)),
    () => random.pick(["", "text", "__proto__", "127.0.0.1", "::1", "\0", "ü".repeat(60)]),
    () => Symbol("junk"),
    () => () => {},
    () => async () => {
      throw new Error("from junk");
    },
    () => [],
    () => [null, undefined, {}],
    () => ({}),
    () => ({ address: random.below(3), port: "x", path: null }),
    () => new Date(0),
    () => new Map(),
    () => new DataView(new ArrayBuffer(4)),
    () => new Float64Array(3),
    () => new ArrayBuffer(8),
    () => random.pick(hostile),
  ])();
}

/** Memory of every kind that a caller may have, some of it already gone. */
export function bytes(random: Random): Uint8Array {
  const size = random.pick([0, 1, 2, 7, 64, 65, 256, 257, 1_400, 4_096, 65_536, 100_000]);
  return random.pick<() => Uint8Array>([
    () => new Uint8Array(size),
    () => Buffer.alloc(size),
    () => new Uint8Array(size + 10).subarray(5, 5 + size),
    () => new Uint8Array(new SharedArrayBuffer(size)),
    () => new Uint8Array(resizable(size, 2 * size)),
    () => new Uint8Array(resizable(size, 2 * size), 0, size),
    () => {
      const gone = new Uint8Array(size + 1);
      structuredClone(gone.buffer, { transfer: [gone.buffer] });
      return gone;
    },
    () => new Int8Array(size) as unknown as Uint8Array,
    () => new Uint8ClampedArray(size) as unknown as Uint8Array,
  ])();
}

/** Takes memory away from under whoever is using it. */
export function spoil(array: Uint8Array, random: Random): void {
  const buffer = array.buffer as ArrayBuffer & { resizable?: boolean; resize?(size: number): void };
  if (buffer.resizable === true) buffer.resize?.(random.below(buffer.byteLength + 1));
  else if (Object.prototype.toString.call(buffer) === "[object ArrayBuffer]") {
    if (buffer.byteLength < 200_000) takeAway(buffer);
  }
}

/** A Buffer of the pool shares its memory with others: it stays, by a refusal or without one. */
function takeAway(buffer: ArrayBuffer): void {
  try {
    structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    if ((error as Error).name !== "DataCloneError") throw error;
  }
}

function resizable(size: number, largest: number): ArrayBuffer {
  const Constructor = ArrayBuffer as unknown as new (
    size: number,
    options: { maxByteLength: number },
  ) => ArrayBuffer;
  return new Constructor(size, { maxByteLength: largest });
}
