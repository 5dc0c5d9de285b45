/**
 * A first-in first-out queue whose `shift` costs the same at any length, which an array's does not.
 */

/** Values in order of arrival. */
export class Queue<Value> {
  #values: (Value | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#values.length - this.#head;
  }

  push(value: Value): void {
    this.#values.push(value);
  }

  peek(): Value | undefined {
    return this.#values[this.#head];
  }

  shift(): Value | undefined {
    const value = this.#values[this.#head];
    if (this.length === 0) return undefined;
    this.#values[this.#head++] = undefined;
    if (this.#head === this.#values.length) {
      this.#values.length = 0;
      this.#head = 0;
    } else if (this.#head >= 1_024 && this.#head * 2 >= this.#values.length) {
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  /** Takes out every value that `matches`, and gives them in order. */
  extract(matches: (value: Value) => boolean): Value[] {
    const taken: Value[] = [];
    const kept: Value[] = [];
    for (const value of this.#values.slice(this.#head) as Value[]) {
      (matches(value) ? taken : kept).push(value);
    }
    this.#values = kept;
    this.#head = 0;
    return taken;
  }

  /** Takes out one value; false when it isn't here. */
  remove(value: Value): boolean {
    const index = this.#values.indexOf(value, this.#head);
    if (index < 0) return false;
    this.#values.splice(index, 1);
    return true;
  }

  /** Empties the queue and gives what was in it. */
  drain(): Value[] {
    const values = this.#values.slice(this.#head) as Value[];
    this.#values = [];
    this.#head = 0;
    return values;
  }
}
