/**
 * Where the suites meet a test runner: `describe` and `it`, and nothing else.
 *
 * A case says what it needs. Where the notifier's manifest or the set-up lacks it, the case is
 * handed to the runner as pending, under its own name and with the reason: never as passed.
 */
import type { Contract } from "@pike-io/notifier";
import { type AddressKind, addressOf, type Setup } from "./setup.js";
import { Stage } from "./stage.js";

/** `it` of mocha, node:test or bun test. */
export interface TestFunction {
  (name: string, body?: () => Promise<void>): unknown;
  /** How the runner marks a case as pending. Without it the case is given no body. */
  skip?(name: string, body?: () => Promise<void>): unknown;
}

/** What a test runner provides. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  readonly it: TestFunction;
}

/** What a case does on its stage. The stage closes what is left, and checks it, afterwards. */
export type Body = (stage: Stage) => Promise<void>;

/** Declares one case; `needs` beyond those of its group. */
export type Declare = (name: string, body: Body, needs?: readonly string[]) => void;

/**
 * What a case can need of the set-up, beside the names of a manifest and the kinds of addresses.
 */
const setupNeeds: { readonly [need: string]: (setup: Setup) => boolean } = {
  manual: (setup) => setup.manual !== false,
  raise: (setup) => setup.raise !== undefined,
  descriptors: (setup) => setup.descriptors !== undefined,
  ipv4: (setup) => hasAddress(setup, "ipv4"),
  ipv6: (setup) => hasAddress(setup, "ipv6"),
  "unix path": (setup) => hasAddress(setup, "unix"),
  "abstract name": (setup) => hasAddress(setup, "abstract"),
};

/** Declares groups of cases for one notifier. */
export class Suite {
  readonly #runner: Runner;
  readonly #setup: Setup;
  readonly #contract: Contract;

  constructor(runner: Runner, setup: Setup, contract: Contract) {
    this.#runner = runner;
    this.#setup = setup;
    this.#contract = contract;
  }

  /** A group of cases that all need the same. */
  group(name: string, needs: readonly string[], declare: (test: Declare) => void): void {
    this.#runner.describe(name, () => {
      declare((title, body, more = []) => this.#test(title, body, [...needs, ...more]));
    });
  }

  #test(name: string, body: Body, needs: readonly string[]): void {
    const reason = this.#lacks(name, needs);
    if (reason === null) {
      this.#runner.it(name, () => Stage.play(this.#setup, body));
      return;
    }
    const title = `${name} [not run: ${reason}]`;
    const { skip } = this.#runner.it;
    if (skip === undefined) this.#runner.it(title);
    else skip(title, () => Promise.resolve());
  }

  #lacks(name: string, needs: readonly string[]): string | null {
    const lacking = needs.find((need) => !this.#has(need));
    if (lacking !== undefined) return `${this.#contract.name} has no "${lacking}"`;
    return this.#setup.lacks?.(name) ?? null;
  }

  #has(need: string): boolean {
    const asked = setupNeeds[need];
    return asked === undefined ? this.#contract.operations.has(need) : asked(this.#setup);
  }
}

function hasAddress(setup: Setup, kind: AddressKind): boolean {
  return addressOf(setup, kind, "near") !== null;
}
