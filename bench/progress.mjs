/**
 * How far the benchmark is: one live line on a terminal, plain lines elsewhere, both on standard
 * error.
 */

const BAR_CELLS = 24;

/** Progress over a known count of runs. */
export class Progress {
  #total;
  #done = 0;
  #started = performance.now();
  #stream;

  /**
   * @param {number} total runs
   * @param {NodeJS.WriteStream} stream
   */
  constructor(total, stream = process.stderr) {
    this.#total = total;
    this.#stream = stream;
  }

  /**
   * A run begins.
   * @param {string} what
   */
  begin(what) {
    if (!this.#stream.isTTY) return;
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const full = Math.round(share * BAR_CELLS);
    const bar = "█".repeat(full) + "░".repeat(BAR_CELLS - full);
    const text = ` ${bar} ${this.#done}/${this.#total}${this.#timeLeft()} · ${what}`;
    this.#stream.write(`\r\x1b[2K${[...text].slice(0, (this.#stream.columns ?? 80) - 1).join("")}`);
  }

  /** A run has ended, or will not take place. */
  advance() {
    this.#done++;
  }

  /**
   * So many runs will not take place.
   * @param {number} count
   */
  leaveOut(count) {
    this.#total -= count;
  }

  /**
   * A round of runs has ended: a line where there is no live one.
   * @param {string} summary
   */
  round(summary) {
    if (!this.#stream.isTTY) this.#stream.write(`[${this.#done}/${this.#total}] ${summary}\n`);
  }

  /**
   * Something to keep on the screen.
   * @param {string} text
   */
  note(text) {
    this.clear();
    this.#stream.write(`${text}\n`);
  }

  /** Removes the live line, so that other output can follow. */
  clear() {
    if (this.#stream.isTTY) this.#stream.write("\r\x1b[2K");
  }

  #timeLeft() {
    if (this.#done === 0) return "";
    const each = (performance.now() - this.#started) / this.#done;
    return ` · ${Math.ceil((each * (this.#total - this.#done)) / 1000)} s left`;
  }
}
