/**
 * The loop: gives the attached notifiers of a network their turns, in macrotasks of the runtime.
 *
 * A pass runs what is due on the timeline and then lets each notifier that asked for it attempt and
 * deliver. It runs as an immediate. While a ref'd request is in flight one interval keeps the
 * runtime alive and the immediate is ref'd; otherwise both are not, and the program may end. With
 * `auto` the loop also moves time, as soon as nothing happened for a few passes.
 */
import { holdRuntime, releaseRuntime } from "./keeper.js";
import type { Timeline } from "./timeline.js";

/** What the loop drives. */
export interface Turning {
  /** Attempts what is ready, and delivers what has completed. */
  turn(): void;
}

/** Passes in which nothing happens, and no request comes, before `auto` moves time. */
const IDLE_PASSES = 3;

/** Turns for the attached notifiers of one network. */
export class Loop {
  readonly #timeline: Timeline;
  readonly #auto: boolean;
  #wanting = new Set<Turning>();
  #inFlight = 0;
  #kept = 0;
  #idlePasses = 0;
  #immediate: NodeJS.Immediate | null = null;
  #alarm: NodeJS.Timeout | null = null;

  constructor(timeline: Timeline, auto: boolean) {
    this.#timeline = timeline;
    this.#auto = auto;
    timeline.onSchedule = () => this.#arm();
  }

  /** Asks for a turn in the next pass. */
  request(notifier: Turning): void {
    this.#wanting.add(notifier);
    this.#arm();
  }

  /** Gives up the turn that was asked for. */
  forget(notifier: Turning): void {
    this.#wanting.delete(notifier);
  }

  /** A program did something: not idle. */
  touch(): void {
    this.#idlePasses = 0;
  }

  /** So many more requests of attached notifiers are in flight. */
  addInFlight(count: number): void {
    this.#inFlight += count;
    if (count > 0) this.#arm();
  }

  /** So many more requests keep the runtime alive. */
  addKept(count: number): void {
    const before = this.#kept > 0;
    this.#kept += count;
    const after = this.#kept > 0;
    if (before === after) return;
    if (after) {
      holdRuntime();
      this.#immediate?.ref();
    } else {
      releaseRuntime();
      this.#immediate?.unref();
      if (this.#immediate !== null) this.#setAlarm();
    }
  }

  /** Whether a pass would find something to do at this instant. */
  get busy(): boolean {
    return this.#wanting.size > 0 || this.#timeline.isDue;
  }

  /** Runs what is due, then gives the turns that were asked for. False when there was nothing. */
  pass(): boolean {
    const ran = this.#timeline.runDue();
    const turning = this.#wanting;
    this.#wanting = new Set();
    for (const notifier of turning) notifier.turn();
    return ran || turning.size > 0;
  }

  #arm(): void {
    if (this.#immediate !== null || !this.#needed()) return;
    this.#immediate = setImmediate(() => this.#run());
    if (this.#kept === 0) {
      this.#immediate.unref();
      this.#setAlarm();
    }
  }

  /** An immediate that isn't ref'd doesn't end the runtime's sleep; a timer does, ref'd or not. */
  #setAlarm(): void {
    this.#alarm ??= setTimeout(() => {
      this.#alarm = null;
    }, 1).unref();
  }

  /** Nobody sees what is due while no request is in flight: then it waits, and so does time. */
  #needed(): boolean {
    if (this.#wanting.size > 0) return true;
    if (this.#inFlight === 0) return false;
    return this.#auto ? this.#timeline.next !== undefined : this.#timeline.isDue;
  }

  #run(): void {
    this.#immediate = null;
    if (this.pass()) this.#idlePasses = 0;
    else if (this.#auto && this.#inFlight > 0 && ++this.#idlePasses >= IDLE_PASSES) {
      this.#idlePasses = 0;
      if (this.#timeline.jump(Number.POSITIVE_INFINITY)) this.pass();
    }
    this.#arm();
  }
}
