/**
 * A batch of completions on its way to user code: the `dispatch` hook, and what happens when it
 * throws.
 *
 * Both kinds of notifier deliver through this, so a task means the same on each: it settles one
 * request, it may be run once, later, in any order, and those never run are counted when the
 * notifier closes.
 */
import type { Request } from "./request.js";

/** One completed request that waits to be delivered. */
export interface Task {
  /** Delivers it. A second call does nothing. */
  run(): void;
}

/**
 * Decides how a batch is delivered. It gets the tasks in completion order and runs each, now or
 * later.
 */
export type Dispatch = (tasks: readonly Task[]) => void;

/** Collects the completions of one wake-up and delivers them. */
export class Batch {
  readonly #dispatch: Dispatch | null;
  #tasks: DispatchedTask[] = [];
  #undelivered = new Set<DispatchedTask>();
  #closed = false;

  constructor(dispatch: Dispatch | null) {
    this.#dispatch = dispatch;
  }

  /** Takes one completion: delivered now, or kept for the hook until `flush`. */
  add(request: Request, result: number): void {
    if (this.#dispatch === null) {
      deliver(request, result);
      return;
    }
    const task = new DispatchedTask(request, result, this.#undelivered);
    this.#undelivered.add(task);
    this.#tasks.push(task);
  }

  /**
   * Hands what was collected to the hook. If the hook throws, that is an uncaught exception and the
   * rest runs by default.
   */
  flush(): void {
    if (this.#dispatch === null || this.#tasks.length === 0) return;
    const tasks = this.#tasks;
    this.#tasks = [];
    try {
      this.#dispatch(tasks);
    } catch (error) {
      raise(error);
      for (const task of tasks) task.run();
    }
  }

  /** Drops the tasks that were never run, and says how many. */
  close(): number {
    if (this.#closed) return 0;
    this.#closed = true;
    const count = this.#undelivered.size;
    for (const task of this.#undelivered) task.drop();
    this.#undelivered.clear();
    return count;
  }
}

class DispatchedTask implements Task {
  #request: Request | null;
  readonly #result: number;
  readonly #undelivered: Set<DispatchedTask>;

  constructor(request: Request, result: number, undelivered: Set<DispatchedTask>) {
    this.#request = request;
    this.#result = result;
    this.#undelivered = undelivered;
  }

  run(): void {
    const request = this.#request;
    if (request === null) return;
    this.#request = null;
    this.#undelivered.delete(this);
    deliver(request, this.#result);
  }

  drop(): void {
    this.#request = null;
  }
}

function deliver(request: Request, result: number): void {
  try {
    request.complete(result);
  } catch (error) {
    raise(error);
  }
}

/** Throws where nobody can catch it: the runtime's uncaughtException. */
function raise(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
